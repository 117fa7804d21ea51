#!/usr/bin/env bash
# Installs the Debian packages of a list that are missing; silent when none is.
set -euo pipefail

usage() {
  cat <<'EOF'
usage: tools/install_packages.sh [--no-install] [LIST]

Installs what is missing of LIST (default: tools/packages.debian), one Debian package a line.
  --no-install   install nothing: name what is missing and exit 1 (also DANGOL_NO_INSTALL=1)
EOF
}

fail() {
  echo "install_packages: $*" >&2
  exit 1
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
list=$here/packages.debian
no_install=${DANGOL_NO_INSTALL:-0}

while (($#)); do
  case $1 in
    --no-install) no_install=1 ;;
    -h | --help) usage && exit 0 ;;
    -*) usage >&2 && exit 2 ;;
    *) list=$1 ;;
  esac
  shift
done
[[ -r $list ]] || fail "cannot read the list $list"

mapfile -t wanted < <(sed -E 's/#.*//; s/[[:space:]]+//g; /^$/d' "$list")
((${#wanted[@]})) || exit 0

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "install_packages: no apt-get on this system; going on. The build needs what Debian calls: ${wanted[*]}" >&2
  exit 0
fi

# dpkg-query fails for packages it has never seen; those it simply does not name.
installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null || true)
missing=()
for package in "${wanted[@]}"; do
  [[ $'\n'$installed$'\n' == *$'\n'"installed $package"$'\n'* ]] || missing+=("$package")
done
((${#missing[@]})) || exit 0

[[ $no_install != 1 ]] || fail "missing, and told not to install: ${missing[*]}"

as_root=()
if ((EUID != 0)); then
  command -v sudo >/dev/null || fail "not root and no sudo. As root: apt-get install ${missing[*]}"
  as_root=(sudo)
fi

echo "Installing ${#missing[@]} packages: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" </dev/null >"$log" 2>&1
}
# One unreachable source need not matter: what counts is whether the packages are found.
apt update || echo "install_packages: apt-get update failed, trying with the lists at hand" >&2
# Debian's server comes with a cluster that is started at once; who only tests wants none.
no_cluster=/etc/postgresql-common/createcluster.d/dangol-tests.conf
if [[ " ${missing[*]} " == *" postgresql-"* ]]; then
  "${as_root[@]}" mkdir -p "${no_cluster%/*}"
  echo 'create_main_cluster = false' | "${as_root[@]}" tee "$no_cluster" >/dev/null
  trap 'rm -f "$log"; "${as_root[@]}" rm -f "$no_cluster"' EXIT
fi
apt install -y --no-install-recommends "${missing[@]}" || {
  tail -n 30 "$log" >&2
  fail "apt-get install failed"
}
