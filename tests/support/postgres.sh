#!/usr/bin/env bash
# A PostgreSQL server for tests: private, on a free port, without care for a loss of power. ctest calls this around the tests that need it.
set -euo pipefail

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
fail() {
  echo "postgres.sh: $*" >&2
  exit 1
}

(($# == 2)) || { usage >&2 && exit 2; }
folder=$2
if [[ ${DANGOL_WITHOUT_POSTGRES:-0} == 1 ]]; then
  echo "PostgreSQL is left out: DANGOL_WITHOUT_POSTGRES=1"
  exit 0
fi

bin=${DANGOL_POSTGRES_BIN:-}
if [[ -z $bin ]]; then
  bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true)
  [[ -n $bin ]] || bin=$(dirname "$(command -v initdb || echo /nowhere/initdb)")
fi

# PostgreSQL refuses to run as root.
as_server=()
if ((EUID == 0)); then
  user=postgres
  id "$user" >/dev/null 2>&1 || user=nobody
  as_server=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --clear-groups env HOME=/)
fi

stop() {
  [[ -r $folder/server ]] || return 0
  local server
  read -r server _ <"$folder/server"
  rm -f "$folder/server"
  [[ $server == /*/dangol-postgres.* && -d $server ]] || return 0
  "${as_server[@]}" "$bin/pg_ctl" -D "$server/data" -m immediate -w stop >/dev/null 2>&1 || true
  rm -rf "$server"
}

# The server outlives who calls this, and must not keep a lock or a pipe of his open. (Bash reads this file by 255.)
close_descriptors() {
  local descriptor
  for descriptor in /proc/self/fd/*; do
    descriptor=${descriptor##*/}
    if ((descriptor > 2 && descriptor != 255)); then exec {descriptor}>&-; fi
  done
}

crash() {
  local server
  read -r server _ <"$folder/server"
  "${as_server[@]}" "$bin/pg_ctl" -D "$server/data" -m immediate -w stop >/dev/null
}

resume() {
  close_descriptors
  local server port
  read -r server port _ <"$folder/server"
  "${as_server[@]}" "$bin/pg_ctl" -D "$server/data" -o "-p $port" -l "$server/log" -w -t 60 start >/dev/null
}

start() {
  close_descriptors
  [[ -x $bin/initdb ]] || fail "no PostgreSQL server here: install Debian's postgresql-15, name another's programs with DANGOL_POSTGRES_BIN, or leave it out: ./test --without-postgres"
  stop
  mkdir -p "$folder"
  # Short, since the path of a socket may have 107 bytes; private, since whoever reaches the socket is let in.
  local server password port
  server=$(mktemp -d "${TMPDIR:-/tmp}/dangol-postgres.XXXXXX")
  password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  echo "$password" >"$server/password"
  if ((EUID == 0)); then chown -R "$user" "$server"; fi
  "${as_server[@]}" "$bin/initdb" -D "$server/data" -U dangol --auth-local=trust --auth-host=scram-sha-256 --pwfile="$server/password" \
    --encoding=UTF8 --locale=C --no-sync >"$server/initdb.log" 2>&1 || { cat "$server/initdb.log" >&2 && fail "initdb failed"; }
  "${as_server[@]}" tee -a "$server/data/postgresql.conf" >/dev/null <<END
listen_addresses = '127.0.0.1'
unix_socket_directories = '$server'
fsync = ${DANGOL_POSTGRES_FSYNC:-off}
full_page_writes = ${DANGOL_POSTGRES_FSYNC:-off}
max_connections = 64
shared_buffers = 64MB
max_wal_size = 256MB
autovacuum_naptime = 10s
END
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    # Below the range from which the kernel gives ports away. One that is taken fails, and another is tried.
    port=$((10000 + $(od -An -N2 -tu2 /dev/urandom) % 20000))
    if "${as_server[@]}" "$bin/pg_ctl" -D "$server/data" -o "-p $port" -l "$server/log" -w -t 60 start >/dev/null 2>&1; then
      echo "$server $port $password" >"$folder/server"
      echo "PostgreSQL $("$bin/postgres" --version | grep -oE '[0-9.]+' | head -n 1) on port $port, in $server"
      return
    fi
  done
  tail -n 20 "$server/log" >&2
  fail "the server does not start"
}

case $1 in
  start) start ;;
  stop) stop ;;
  crash) crash ;;
  resume) resume ;;
  *) usage >&2 && exit 2 ;;
esac
