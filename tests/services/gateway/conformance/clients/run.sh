#!/usr/bin/env bash
# Makes the calls of conformance cases with a client that others have written. Exit code 77: it cannot be had here.
set -euo pipefail

usage() {
  cat <<'EOT'
usage: clients/run.sh CLIENT URL DESCRIPTORS

  CLIENT        connect-web, connect-node or buf-curl
  URL           of the gateway
  DESCRIPTORS   file with the FileDescriptorSet of the protos of the cases

Reads a call a line, `PROTOCOL CODEC COMPRESSION REQUEST`: three numbers of conformance.proto and a ClientCompatRequest in base64. Answers each
with a line, a ClientResponseResult in base64.
EOT
}

skip() {
  echo "conformance clients: $*" >&2
  exit 77
}

(($# == 3)) || { usage >&2 && exit 2; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tools=$here/../../../../../tools
"$tools/install_npm.sh" "$here" || skip "their packages could not be installed"
[[ $1 != buf-curl ]] || "$tools/lint/buf.sh" --version >/dev/null || skip "buf could not be installed"
exec node "$here/calls.mjs" "$@"
