#!/usr/bin/env bash
# Makes the files of a release that are for callers: the protos, and a TypeScript client for npm.
set -euo pipefail

usage() {
  cat <<'EOT'
usage: tools/release/build.sh FOLDER

Writes into FOLDER, the same bytes each time:
  dangol-protos-VERSION.tar.gz   the protos, for protoc and buf
  dangol-client-VERSION.tgz      their messages and services for Connect-ES, in JavaScript with types: npm install ./dangol-client-VERSION.tgz
  SHA256SUMS
EOT
}

fail() {
  echo "release: $*" >&2
  exit 1
}

[[ ${1:-} != -h && ${1:-} != --help ]] || { usage && exit 0; }
(($# == 1)) || { usage >&2 && exit 2; }
mkdir -p "$1"
out=$(cd "$1" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."
"$here/../install_npm.sh" "$here" || fail "the packages of tools/release could not be installed"
command -v protoc >/dev/null || fail "needs protoc: install protobuf-compiler"
version=$(sed -nE 's/^project\(dangol VERSION ([0-9.]+).*/\1/p' CMakeLists.txt)
[[ $version ]] || fail "CMakeLists.txt names no version"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# pack FILE NAME: the folder $work/NAME, with nothing of this machine or this moment in it.
pack() {
  tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX --mtime='2000-01-01 UTC' -c "$2" | gzip -n >"$out/$1"
}

mkdir "$work/dangol-protos-$version"
cp -r protos/dangol protos/google LICENSE "$work/dangol-protos-$version"
pack "dangol-protos-$version.tar.gz" "dangol-protos-$version"

client=$work/package # as npm wants it
mkdir "$client"
mapfile -t files < <(cd protos && find dangol google -name '*.proto' | LC_ALL=C sort)
protoc -Iprotos --plugin="$here/node_modules/.bin/protoc-gen-es" --es_out="$client" --es_opt=target=js+dts,import_extension=js "${files[@]}" ||
  fail "protoc could not make the client"
sed "s/@VERSION@/$version/" "$here/client.json" >"$client/package.json"
cp LICENSE "$client"
cp "$here/client.md" "$client/README.md"
pack "dangol-client-$version.tgz" package

cd "$out"
sha256sum "dangol-protos-$version.tar.gz" "dangol-client-$version.tgz" >SHA256SUMS
