#!/usr/bin/env bash
# Installs what the package-lock.json of a folder pins into its node_modules; silent where that is there already.
set -euo pipefail

fail() {
  echo "install_npm: $*" >&2
  exit 1
}

(($# == 1)) || fail "usage: tools/install_npm.sh FOLDER"
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if ! command -v npm >/dev/null; then
  "$tools/install_packages.sh" "$tools/lint/packages.debian" || fail "needs npm"
  command -v npm >/dev/null || fail "needs npm: install Node.js 18 or newer"
fi
cd "$1"

exec 9<package-lock.json
if command -v flock >/dev/null; then flock 9; fi # two build trees may install at once
# The copy is written last, so it says that node_modules is whole and of this lock file.
installed=node_modules/.installed.json
if ! cmp -s package-lock.json "$installed"; then
  # Binaries are optional packages for each platform, so no install script has to run.
  npm ci --include=optional --ignore-scripts --no-audit --no-fund --loglevel=error 9<&- </dev/null >&2 ||
    fail "npm could not install the packages of $PWD"
  cp package-lock.json "$installed"
fi
