# Runs one throw-away PostgreSQL for the process at the other end of standard input, and ends with it:
# however that process dies, the pipe closes, and the server and its folder go.
#
# arguments: folder, directory of the server's programs, user to run as ('' for oneself), settings
# input:     one command per line; each is answered with "ok" or "failed" on standard output
set -u
folder=$1 bin=$2 user=$3
shift 3

# Whoever stops the tests must not stop this before it has tidied up.
trap '' HUP INT TERM PIPE
umask 077
prefix=
[ -z "$user" ] || prefix="setpriv --reuid=$user --regid=$(id -g "$user") --clear-groups"
server=

alive() {
  { read -r _ _ state _ <"/proc/$1/stat"; } 2>/dev/null && [ "$state" != Z ]
}

gone() {
  rounds=0
  while alive "$1"; do
    [ $((rounds += 1)) -le 6000 ] || return 1
    sleep 0.01
  done
}

family() {
  cat "/proc/$server/task/$server/children" 2>/dev/null || :
}

# The eighth line of the file tells how far the server has come; the first, whose file it is.
ready() {
  { read -r pid && read -r _ && read -r _ && read -r _ && read -r _ && read -r _ && read -r _ &&
    read -r state; } 2>/dev/null <data/postmaster.pid && [ "$pid $state" = "$server ready" ]
}

# Texts sort as people expect, not by code point, so that a query that relies on either is found out.
do_init() {
  set -- --pgdata=data --no-sync --auth=trust --username=postgres --encoding=UTF8 --locale=C.UTF-8
  $prefix "$bin/initdb" "$@" --locale-provider=icu --icu-locale=nb-NO && return
  rm -rf data
  $prefix "$bin/initdb" "$@"
}

do_start() {
  port=$1
  shift
  $prefix "$bin/postgres" -D "$folder/data" -p "$port" -k "$folder" "$@" </dev/null >&2 &
  server=$!
  rounds=0
  until ready; do
    alive "$server" || return 1
    [ $((rounds += 1)) -le 6000 ] || return 1
    sleep 0.01
  done
}

do_stop() {
  kill -CONT "$server"
  kill -INT "$server" && gone "$server"
}

# The parent stands still first, so that no child is missed.
do_pause() {
  kill -STOP "$server" && kill -STOP $(family)
}

do_resume() {
  kill -CONT $(family)
  kill -CONT "$server"
}

do_kill() {
  kill -STOP "$server"
  all="$server $(family)"
  kill -KILL $all
  for one in $all; do
    gone "$one" || return 1
  done
}

# A server that was killed leaves its mark in shared memory; the seventh line names it.
forget_memory() {
  { read -r _ && read -r _ && read -r _ && read -r _ && read -r _ && read -r _ && read -r _ memory; } \
    2>/dev/null <data/postmaster.pid && ipcrm -m "$memory"
}

mkdir "$folder" || { echo failed; exit 1; }
cd "$folder" || exit 1
exec 2>>log
[ -z "$user" ] || chown "$user" "$folder"
echo ok
while read -r command argument; do
  if [ "$command" = start ]; then do_start "$argument" "$@"; else "do_$command"; fi >&2
  if [ $? -eq 0 ]; then echo ok; else echo failed; fi
done

[ -z "$server" ] || ! alive "$server" || do_kill
forget_memory
cd /
rounds=0
until rm -rf "$folder" 2>/dev/null || [ $((rounds += 1)) -gt 100 ]; do
  sleep 0.05
done
