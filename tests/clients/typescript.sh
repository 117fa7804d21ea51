#!/usr/bin/env bash
# Compiles a program with the TypeScript client of a release, and runs it: typescript.sh RELEASE_FOLDER PROGRAM.ts ARGUMENT…
set -euo pipefail
release=$(cd "$1" && pwd) program=$(realpath "$2")
shift 2
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../tools/release" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# As `npm install` would leave it, without asking the registry again for what is pinned.
mkdir -p "$work/node_modules/dangol-client"
tar -xzf "$release"/dangol-client-*.tgz -C "$work/node_modules/dangol-client" --strip-components=1
for package in @bufbuild @connectrpc @types undici-types; do ln -s "$tools/node_modules/$package" "$work/node_modules/$package"; done
echo '{"type": "module"}' >"$work/package.json"
cp "$program" "$work/program.ts"
cd "$work"
"$tools/node_modules/.bin/tsc" --strict --skipLibCheck --target es2022 --module nodenext program.ts
node program.js "$@"
