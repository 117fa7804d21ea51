# What the scripts that start PostgreSQL for tests have in common. Sourced; `$me` names who sources it.
# shellcheck shell=bash

fail() {
  echo "$me: $*" >&2
  exit 1
}

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

# A server outlives who calls this, and must not keep a lock or a pipe of his open. (Bash reads scripts by 255.)
close_descriptors() {
  local descriptor
  for descriptor in /proc/self/fd/*; do
    descriptor=${descriptor##*/}
    if ((descriptor > 2 && descriptor < 250)); then exec {descriptor}>&-; fi
  done
}

# new_server: makes the folder $server of a server that has not run yet, its data in $1, and the password $password.
new_server() {
  [[ -x $bin/initdb ]] || fail "no PostgreSQL server here: install Debian's postgresql-15, name another's programs with DANGOL_POSTGRES_BIN, or leave it out: ./test --without-postgres"
  # Short, since the path of a socket may have 107 bytes; private, since whoever reaches the socket is let in.
  server=$(mktemp -d "${TMPDIR:-/tmp}/dangol-postgres.XXXXXX")
  password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  echo "$password" >"$server/password"
  if ((EUID == 0)); then chown -R "$user" "$server"; fi
  "${as_server[@]}" "$bin/initdb" -D "$server/$1" -U dangol --auth-local=trust --auth-host=scram-sha-256 --pwfile="$server/password" \
    --encoding=UTF8 --locale=C --no-sync >"$server/initdb.log" 2>&1 || { cat "$server/initdb.log" >&2 && fail "initdb failed"; }
  "${as_server[@]}" tee -a "$server/$1/postgresql.conf" >/dev/null <<END
listen_addresses = '127.0.0.1'
unix_socket_directories = '$server'
fsync = ${DANGOL_POSTGRES_FSYNC:-off}
full_page_writes = ${DANGOL_POSTGRES_FSYNC:-off}
max_connections = 64
shared_buffers = 64MB
max_wal_size = 256MB
autovacuum_naptime = 10s
END
}

# start_data DATA PORT: starts the server of $server/DATA, which has run on this port before or tries it.
start_data() {
  "${as_server[@]}" "$bin/pg_ctl" -D "$server/$1" -o "-p $2 -c cluster_name=$1" -l "$server/$1.log" -w -t 60 start >/dev/null 2>&1
}

# start_anywhere DATA: as start_data, and sets $port.
start_anywhere() {
  local _
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    # Below the range from which the kernel gives ports away. One that is taken fails, and another is tried.
    port=$((10000 + $(od -An -N2 -tu2 /dev/urandom) % 20000))
    if start_data "$1" "$port"; then return; fi
  done
  tail -n 20 "$server/$1.log" >&2
  fail "the server does not start"
}

# stop_data DATA HOW: HOW as pg_ctl's -m.
stop_data() {
  "${as_server[@]}" "$bin/pg_ctl" -D "$server/$1" -m "$2" -w -t 60 stop >/dev/null
}

is_ours() { [[ $server == /*/dangol-postgres.* && -d $server ]]; }
