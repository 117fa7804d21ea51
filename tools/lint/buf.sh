#!/usr/bin/env bash
# Runs buf, in the version that package-lock.json pins, with these arguments.
set -euo pipefail
lint=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$lint/../install_npm.sh" "$lint"
exec "$lint/node_modules/.bin/buf" "$@"
