#!/usr/bin/env bash
# A PostgreSQL server for tests: private, on a free port, without care for a loss of power. ctest calls this around the tests that need it.
set -euo pipefail
me=postgres.sh

usage() {
  cat <<'END'
usage: postgres.sh start|stop|crash|resume FOLDER

start   makes a server and writes to FOLDER/server: its folder, its port, a password
stop    ends it and removes all that it had
crash   ends it at once; its data stay
resume  starts it again
With DANGOL_WITHOUT_POSTGRES=1 nothing is done, and the tests leave PostgreSQL out.
END
}

(($# == 2)) || { usage >&2 && exit 2; }
folder=$2
if [[ ${DANGOL_WITHOUT_POSTGRES:-0} == 1 ]]; then
  echo "PostgreSQL is left out: DANGOL_WITHOUT_POSTGRES=1"
  exit 0
fi
# shellcheck source=tests/support/postgres_programs.sh
source "$(dirname "${BASH_SOURCE[0]}")/postgres_programs.sh"

stop() {
  [[ -r $folder/server ]] || return 0
  read -r server _ <"$folder/server"
  rm -f "$folder/server"
  is_ours || return 0
  stop_data data immediate 2>/dev/null || true
  rm -rf "$server"
}

crash() {
  read -r server _ <"$folder/server"
  stop_data data immediate
}

resume() {
  close_descriptors
  read -r server port _ <"$folder/server"
  start_data data "$port"
}

start() {
  close_descriptors
  stop
  mkdir -p "$folder"
  new_server data
  start_anywhere data
  echo "$server $port $password" >"$folder/server"
  echo "PostgreSQL $("$bin/postgres" --version | grep -oE '[0-9.]+' | head -n 1) on port $port, in $server"
}

case $1 in
  start) start ;;
  stop) stop ;;
  crash) crash ;;
  resume) resume ;;
  *) usage >&2 && exit 2 ;;
esac
