#!/usr/bin/env bash
# Lints the protos by the rules of buf.yaml, with the version of buf that package-lock.json pins.
set -euo pipefail

fail() {
  echo "buf_lint: $*" >&2
  exit 1
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."

if ! command -v npm >/dev/null; then
  tools/install_packages.sh tools/lint/packages.debian || fail "needs npm"
  command -v npm >/dev/null || fail "needs npm: install Node.js 18 or newer"
fi

# The copy is written last, so it says that node_modules is whole and of this lock file.
lock=$here/package-lock.json
installed=$here/node_modules/.installed.json
buf=$here/node_modules/.bin/buf
exec 9<"$lock"
if command -v flock >/dev/null; then flock 9; fi  # two build trees may lint at once
if ! cmp -s "$lock" "$installed"; then
  # The binary is an optional package for each platform, so no install script has to run.
  npm ci --prefix "$here" --include=optional --ignore-scripts --no-audit --no-fund --loglevel=error 9<&- </dev/null ||
    fail "npm could not install buf"
  cp "$lock" "$installed"
fi
exec 9<&-

"$buf" lint || fail "the protos break the rules of buf.yaml, see above"
