#!/usr/bin/env bash
# Holds the script that a page has to load before it shows anything to 120 kB, packed with gzip.
set -euo pipefail
most=122880
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mapfile -t start < <(grep -oE '/assets/[^"]+\.js' dist/index.html)
((${#start[@]})) || { echo "size: dist/index.html loads no script" >&2 && exit 1; }
# The first page is the inbox.
mapfile -t first < <(cd dist && ls assets/inbox-*.js)

total=0
for file in "${start[@]}" "${first[@]/#//}"; do
  bytes=$(gzip -9c "dist$file" | wc -c)
  total=$((total + bytes))
  echo "$bytes $file"
done
echo "$total of $most bytes"
((total <= most)) || { echo "size: too much script before the first page" >&2 && exit 1; }
