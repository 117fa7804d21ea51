#!/usr/bin/env bash
# Prints the Secrets of a suite for `kubectl apply -f -`.
set -euo pipefail

usage() {
  cat <<'EOT'
usage: k8s/secrets.sh FOLDER | kubectl apply -f -

Makes Secrets of what is in FOLDER:
  tls/ca.crt, tls/suite.pem   (dangol tls init --data FOLDER)
  keys                        (dangol token create NAME --data FOLDER …)
  tickets.toml, backlog.toml, metrics.toml
                              where they are, for the overlay postgres: the line database = "postgresql://USER:PASSWORD@HOST/NAME"
tls/ca.key stays where it is: no program needs it.
EOT
}

fail() {
  echo "secrets.sh: $*" >&2
  exit 1
}

case ${1:-} in
  -h | --help) usage && exit 0 ;;
  -* | '') usage >&2 && exit 2 ;;
esac
folder=$1
command -v kubectl >/dev/null || fail "needs kubectl"

# secret NAME SOURCE…: of files, or of all files of folders.
secret() {
  local name=$1 source
  shift
  for source in "$@"; do [[ -e ${source#*=} ]] || fail "there is no ${source#*=} (see k8s/secrets.sh --help)"; done
  echo ---
  kubectl create secret generic "$name" --namespace dangol "${@/#/--from-file=}" --dry-run=client --output yaml
}

secret dangol-tls "$folder/tls/ca.crt" "$folder/tls/suite.pem"
secret dangol-jwt "$folder/keys/jwt"
secret dangol-session "$folder/keys/session"
secret dangol-tokens "$folder/keys/pepper" "$folder/keys/tokens"
for service in tickets backlog metrics; do
  if [[ -e $folder/$service.toml ]]; then secret "dangol-database-$service" "database.toml=$folder/$service.toml"; fi
done
