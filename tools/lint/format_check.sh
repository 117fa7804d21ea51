#!/usr/bin/env bash
# Compares every C++ file with .clang-format; --fix formats them in place. Version 14 decides: another one lays out differently.
set -euo pipefail

fail() {
  echo "format_check: $*" >&2
  exit 1
}

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
formatter=$(command -v clang-format-14 || command -v clang-format) || {
  tools/install_packages.sh tools/lint/format.debian || fail "needs clang-format 14"
  formatter=$(command -v clang-format-14) || fail "needs clang-format 14: apt-get install clang-format-14"
}
[[ $("$formatter" --version) == *"version 14."* ]] || fail "needs clang-format 14, not $("$formatter" --version)"

mapfile -t files < <(find bench cli common services tests tools -name node_modules -prune -o \( -name '*.cc' -o -name '*.h' \) -print | LC_ALL=C sort)
((${#files[@]})) || fail "found no C++ file"
if [[ ${1:-} == --fix ]]; then
  "$formatter" -i "${files[@]}"
else
  "$formatter" --dry-run -Werror "${files[@]}" || fail "run tools/lint/format_check.sh --fix"
fi
