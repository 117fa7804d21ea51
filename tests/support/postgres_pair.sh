#!/usr/bin/env bash
# Two PostgreSQL servers for tests, `a` and `b`: one the primary, the other its standby. Private, on free ports, without care for a loss of
# power.
set -euo pipefail
me=postgres_pair.sh

usage() {
  cat <<'END'
usage: postgres_pair.sh start|stop FOLDER
       postgres_pair.sh kill|freeze|wake|shut|promote|join FOLDER a|b

start    makes the primary `a` and its standby `b`; writes to FOLDER/pair: their folder, the ports of a and b, a password
stop     ends both and removes all that they had
kill     SIGKILL for every process of it
freeze   SIGSTOP for every process of it; wake: SIGCONT
shut     ends it in good order: its standby has everything then
promote  makes the standby a primary, one that waits for no standby
join     makes it the standby of the other, which has become the primary; what only it had is undone (pg_rewind)
END
}

(($# == 2 || $# == 3)) || { usage >&2 && exit 2; }
folder=$2
which=${3:-}
# shellcheck source=tests/support/postgres_programs.sh
source "$(dirname "${BASH_SOURCE[0]}")/postgres_programs.sh"

read_pair() {
  read -r server port_a port_b password <"$folder/pair"
  is_ours || fail "no pair in $folder"
  case $which in
    a) port=$port_a other_port=$port_b ;;
    b) port=$port_b other_port=$port_a ;;
  esac
}

# state_and_parent PROCESS: into $state and $parent; fails where there is none.
state_and_parent() {
  local stat
  read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
  read -r state parent _ <<<"${stat##*) }"  # behind the name, which may hold anything
}

# Of the server, its postmaster first.
processes() {
  local postmaster folder
  read -r postmaster <"$server/$which/postmaster.pid"
  echo "$postmaster"
  for folder in /proc/[0-9]*; do
    if state_and_parent "${folder#/proc/}" && [[ $parent == "$postmaster" ]]; then echo "${folder#/proc/}"; fi
  done
}

# signal_all SIGNAL: to the processes in $all, which are those of the server. Its postmaster is stopped first: there will not be more.
signal_all() {
  kill -STOP "$(head -n 1 "$server/$which/postmaster.pid")"
  mapfile -t all < <(processes)
  kill "-$1" "${all[@]}"
}

kill_all() {
  local one
  signal_all KILL
  for one in "${all[@]}"; do
    while state_and_parent "$one" && [[ $state != Z ]]; do sleep 0.01; done
  done
}

psql_of() { "$bin/psql" -X -q -h "$server" -p "$1" -U dangol -d postgres -v ON_ERROR_STOP=1 -c "$2"; }

join() {
  close_descriptors
  stop_data "$which" immediate 2>/dev/null || true
  rm -f "$server/$which/postmaster.pid"
  # Else the other still writes the old timeline's number, and nothing would seem to need rewinding.
  psql_of "$other_port" checkpoint
  "${as_server[@]}" "$bin/pg_rewind" -D "$server/$which" -R --no-sync \
    --source-server="host=$server port=$other_port user=dangol dbname=postgres" >>"$server/rewind.log" 2>&1 ||
    { tail -n 20 "$server/rewind.log" >&2 && fail "pg_rewind failed"; }
  start_data "$which" "$port" || { tail -n 20 "$server/$which.log" >&2 && fail "$which does not start"; }
  # For the day on which it is promoted: its standby will be away then.
  psql_of "$port" 'ALTER SYSTEM RESET synchronous_standby_names'
}

start() {
  close_descriptors
  mkdir -p "$folder"
  new_server a
  # pg_rewind needs to know which pages changed, and recovery after SIGKILL whole ones. A standby asks again soon for what is not there yet;
  # with the 5 s that are PostgreSQL's own a promotion may take as long.
  "${as_server[@]}" tee -a "$server/a/postgresql.conf" >/dev/null <<END
full_page_writes = on
wal_log_hints = on
wal_keep_size = 256MB
wal_retrieve_retry_interval = 200ms
END
  start_anywhere a
  port_a=$port
  "${as_server[@]}" "$bin/pg_basebackup" -D "$server/b" -R -X stream --checkpoint=fast --no-sync -h "$server" -p "$port_a" -U dangol
  start_anywhere b
  echo "$server $port_a $port $password" >"$folder/pair"
}

stop() {
  [[ -r $folder/pair ]] || return 0
  read_pair
  rm -f "$folder/pair"
  for which in a b; do
    if [[ -r $server/$which/postmaster.pid ]]; then
      signal_all CONT
      stop_data "$which" immediate 2>/dev/null || true
    fi
  done
  rm -rf "$server"
}

case $1 in
  start | stop) "$1" && exit ;;
esac
[[ $which == a || $which == b ]] || { usage >&2 && exit 2; }
read_pair
case $1 in
  kill) kill_all ;;
  freeze) signal_all STOP ;;
  wake) signal_all CONT ;;
  shut) stop_data "$which" fast ;;
  promote) "${as_server[@]}" "$bin/pg_ctl" -D "$server/$which" -w -t 60 promote >/dev/null ;;
  join) join ;;
  *) usage >&2 && exit 2 ;;
esac
