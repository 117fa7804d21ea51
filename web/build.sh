#!/usr/bin/env bash
# Builds the dashboard into web/dist, with what package-lock.json pins; does nothing where nothing has changed.
set -euo pipefail

usage() {
  cat <<'EOF'
usage: web/build.sh [--generate | --types | --unit]

Installs the pinned packages, makes the types of the protos and builds web/dist.
  --generate   stop before the build: packages and types only
  --types      check the types instead of building
  --unit       run the unit tests instead of building
EOF
}

fail() {
  echo "web/build.sh: $*" >&2
  exit 1
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here"
step=${1:-build}
case $step in
  build | --generate | --types | --unit) ;;
  -h | --help) usage && exit 0 ;;
  *) usage >&2 && exit 2 ;;
esac

command -v npm >/dev/null || ../tools/install_packages.sh ../tools/lint/packages.debian || fail "needs npm"
command -v npm >/dev/null || fail "needs npm: install Node.js 18 or newer"
command -v protoc >/dev/null || fail "needs protoc: install protobuf-compiler"

# Two builds at once would write into each other.
exec 9<package-lock.json
if command -v flock >/dev/null; then flock 9; fi

# The copy is written last, so it says that node_modules is whole and of this lock file.
installed=node_modules/.installed.json
if ! cmp -s package-lock.json "$installed"; then
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error 9<&- </dev/null || fail "npm could not install the packages"
  cp package-lock.json "$installed"
fi

# Hash of all that goes into `generated` and `dist`.
hash_of() { find "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 cat | sha256sum | cut -d' ' -f1; }

protos=$(hash_of ../protos package-lock.json build.sh strip_options.mjs)
if [[ $(cat generated/.hash 2>/dev/null) != "$protos" ]]; then
  rm -rf generated
  mkdir generated
  mapfile -t files < <(cd ../protos && find dangol google/rpc -name '*.proto' | LC_ALL=C sort)
  set=generated/.descriptors
  protoc -I../protos --include_imports --include_source_info -o "$set" "${files[@]}" || fail "protoc could not read the protos"
  node strip_options.mjs "$set" || fail "the options of the protos could not be taken out"
  protoc --descriptor_set_in="$set" --plugin=node_modules/.bin/protoc-gen-es --es_out=generated --es_opt=target=ts,import_extension=none "${files[@]}" ||
    fail "protoc could not make the types"
  rm "$set"
  echo "$protos" >generated/.hash
fi

case $step in
  --generate) exit 0 ;;
  --types) exec node_modules/.bin/tsc --noEmit ;;
  --unit) exec node_modules/.bin/vitest run --reporter=dot ;;
esac

sources=$(hash_of src public generated index.html package-lock.json vite.config.ts tsconfig.json)
if [[ $(cat dist/.hash 2>/dev/null) != "$sources" ]]; then
  node_modules/.bin/vite build --logLevel warn || fail "the build failed, see above"
  echo "$sources" >dist/.hash
fi
