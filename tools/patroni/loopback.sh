#!/usr/bin/env bash
# A PostgreSQL primary and its synchronous standby under Patroni 3 and etcd, all on 127.0.0.1: to try a failover by hand. No test needs it.
# Debian: apt-get install --no-install-recommends postgresql-15 patroni etcd-server python3-etcd
set -euo pipefail
me=loopback.sh

usage() {
  cat <<'END'
usage: loopback.sh start|list|switchover|crash|freeze|wake|stop FOLDER

start       makes the cluster and the database `tickets`; prints the URL for --database
list        who is leader, who is synchronous standby
switchover  the standby becomes the leader, in good order
crash       SIGKILL for the leader's PostgreSQL and its Patroni, as when its machine dies; `start` brings that one back
freeze      SIGSTOP for the same, as when its machine is paused; wake: SIGCONT
stop        ends everything and removes what it had
END
}

(($# == 2)) || { usage >&2 && exit 2; }
folder=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/postgres_programs.sh
source "$here/../../tests/support/postgres_programs.sh"

# Of each member: PostgreSQL's port, Patroni's port behind it. In the middle etcd's two.
declare -A port_of=([a]=27001 [b]=27011)
etcd_port=27021

# run NAME COMMAND…: in the background, with a log; its number goes to $server/NAME.pid.
run() {
  local name=$1
  shift
  "${as_server[@]}" setsid "$@" >>"$server/$name.log" 2>&1 &
  echo $! >"$server/$name.pid"
}
runs() { [[ -r $server/$1.pid ]] && kill -0 "$(cat "$server/$1.pid")" 2>/dev/null; }

# Not etcd3: a Patroni 3.0.2 that was frozen and wakes writes its name over that of the new leader, and what that has acknowledged is lost. A
# watchdog would have ended it before; here there is none. Over version 2 it writes only where its name still stands.
write_settings() {
  local port=${port_of[$1]}
  cat >"$server/$1.yml" <<END
scope: dangol
name: $1
etcd: {host: "127.0.0.1:$etcd_port"}
restapi: {listen: "127.0.0.1:$((port + 1))", connect_address: "127.0.0.1:$((port + 1))"}
bootstrap:
  dcs:
    ttl: 30
    loop_wait: 10
    retry_timeout: 10
    synchronous_mode: true
    postgresql:
      use_pg_rewind: true
      parameters: {wal_log_hints: "on", wal_retrieve_retry_interval: 200ms, max_connections: 64}
  initdb: [{encoding: UTF8}, {locale: C}]
  pg_hba: ["local all all trust", "host all all 127.0.0.1/32 scram-sha-256", "host replication all 127.0.0.1/32 scram-sha-256"]
postgresql:
  listen: "127.0.0.1:$port"
  connect_address: "127.0.0.1:$port"
  data_dir: $server/$1
  bin_dir: $bin
  pgpass: $server/$1.pgpass
  authentication:
    superuser: {username: dangol, password: $password}
    replication: {username: replicator, password: $password}
  parameters: {unix_socket_directories: "$server"}
END
}

start() {
  close_descriptors
  local name
  for name in etcd patroni; do command -v "$name" >/dev/null || fail "there is no $name here, see the top of this file"; done
  mkdir -p "$folder"
  if [[ ! -r $folder/cluster ]]; then
    server=$(mktemp -d "${TMPDIR:-/tmp}/dangol-postgres.XXXXXX")
    password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    for name in a b; do write_settings "$name"; done
    if ((EUID == 0)); then chown -R "$user" "$server"; fi
    echo "$server $password" >"$folder/cluster"
  fi
  read -r server password <"$folder/cluster"
  runs etcd || run etcd etcd --enable-v2 --data-dir "$server/etcd" --listen-client-urls "http://127.0.0.1:$etcd_port" \
    --advertise-client-urls "http://127.0.0.1:$etcd_port" --listen-peer-urls "http://127.0.0.1:$((etcd_port + 1))"
  for name in a b; do
    if ! runs "$name"; then run "$name" patroni "$server/$name.yml"; fi
  done
  until list | grep -q 'Sync Standby.*\(running\|streaming\)'; do sleep 1; done
  "$bin/psql" -X -q -h "$server" -p "${port_of[$(leader)]}" -U dangol -d postgres -c 'CREATE DATABASE tickets' 2>/dev/null || true
  echo "postgresql://dangol:$password@127.0.0.1:${port_of[a]},127.0.0.1:${port_of[b]}/tickets"
}

list() { patronictl -c "$server/a.yml" list; }
leader() { list | sed -nE 's/^\| *([ab]) .*Leader.*/\1/p'; }

switchover() {
  local old
  old=$(leader)
  patronictl -c "$server/a.yml" switchover --master "$old" --force
}

# signal_member SIGNAL NAME: to Patroni first, which would else act; PostgreSQL need not run.
signal_member() {
  local postmaster
  kill "-$1" "$(cat "$server/$2.pid")"
  postmaster=$(head -n 1 "$server/$2/postmaster.pid" 2>/dev/null) || return 0
  pkill "-$1" -P "$postmaster" || true
  kill "-$1" "$postmaster" 2>/dev/null || true
}

stop() {
  local name
  for name in a b; do
    if runs "$name"; then signal_member CONT "$name" && kill "$(cat "$server/$name.pid")"; fi
  done
  # Patroni ends its PostgreSQL, if it can.
  for name in a b; do
    for _ in {1..100}; do if runs "$name"; then sleep 0.2; fi; done
    if runs "$name"; then kill -KILL "$(cat "$server/$name.pid")"; fi
    stop_data "$name" immediate 2>/dev/null || true
  done
  if runs etcd; then kill "$(cat "$server/etcd.pid")"; fi
  rm -rf "$server" "$folder/cluster" "$folder/frozen"
}

if [[ $1 == start ]]; then start && exit; fi
[[ -r $folder/cluster ]] || fail "no cluster in $folder"
# shellcheck disable=SC2034
read -r server password <"$folder/cluster"
is_ours || fail "no cluster in $folder"
case $1 in
  list | switchover | stop) "$1" ;;
  crash) signal_member KILL "$(leader)" ;;
  freeze) leader >"$folder/frozen" && signal_member STOP "$(cat "$folder/frozen")" ;;
  wake) signal_member CONT "$(cat "$folder/frozen")" ;;
  *) usage >&2 && exit 2 ;;
esac
