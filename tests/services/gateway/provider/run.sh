#!/usr/bin/env bash
# Signs in with an identity provider that others have written: run.sh DANGOL. Exit code 77: it cannot be had here.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$here/../../../../tools/install_npm.sh" "$here" || { echo "gateway.provider: oidc-provider could not be installed" >&2 && exit 77; }
exec node "$here/sign_in.mjs" "$1"
