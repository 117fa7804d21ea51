#!/usr/bin/env bash
# Lints the protos by the rules of buf.yaml.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
tools/lint/buf.sh lint || {
  echo "buf_lint: the protos break the rules of buf.yaml, see above" >&2
  exit 1
}
