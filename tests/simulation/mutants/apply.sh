#!/usr/bin/env bash
# usage: apply.sh SOURCE_FOLDER FOLDER FILE... -- PATCH...
# Copies the files, named from SOURCE_FOLDER, to FOLDER and applies the patches there, one after another.
set -euo pipefail

source=$1 folder=$2
shift 2
while [[ $1 != -- ]]; do
  mkdir -p "$folder/$(dirname "$1")"
  cp "$source/$1" "$folder/$1"
  shift
done
shift
for patch in "$@"; do
  patch --quiet --strip 1 --directory "$folder" <"$patch" || {
    echo "apply.sh: $patch does not fit the source any more: put the fault that it names into the new code" >&2
    exit 1
  }
done
