#!/usr/bin/env bash
# Holds the table of limits in CONTRIBUTING.md to the code: each row names a constant, its value and its file, and the
# file has that constant with that value.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

rows=0 wrong=0
while IFS='|' read -r _ _ name value file _; do
  name=$(tr -d ' `' <<<"$name") file=$(tr -d ' `' <<<"$file")
  value=$(sed 's/^ *`//; s/` *$//' <<<"$value")
  rows=$((rows + 1))
  if ! grep -qE "(^|[^A-Za-z_])${name##*::} = $(sed 's/[][().*^$+?{}|\\]/\\&/g' <<<"$value");" "$file"; then
    echo "CONTRIBUTING.md: $file does not say '${name##*::} = $value;'. Change the table or the code."
    wrong=$((wrong + 1))
  fi
done < <(sed -n '/^<!-- limits -->$/,/^<!-- end of limits -->$/p' CONTRIBUTING.md | grep '^|' | tail -n +3)
((rows >= 20)) || { echo "CONTRIBUTING.md: the table of limits has $rows rows, where 20 or more were." && exit 1; }
((wrong == 0))
