#!/usr/bin/env bash
# Tokens of ours and of npm jose, each verified by the other: run.sh JWT_PARTNER. Exit code 77: jose cannot be had here.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$here/../../../../tools/install_npm.sh" "$here" || { echo "identity.jose: jose could not be installed" >&2 && exit 77; }
exec node "$here/both_ways.mjs" "$1"
