# Runs throw-away servers for the process at the other end of standard input, and ends with it: however
# that process dies, the pipe closes, and the servers and their folder go.
#
# This is the beginning of a script. What follows takes its arguments, defines `do_<command>` for each
# command and `end`, and calls `serve`. The first two arguments are the folder, which is made here, and
# the user to run servers as ('' for oneself). Commands come one per line; each is answered with "ok" or
# "failed" on standard output.
set -u
folder=$1 user=$2
shift 2

# Whoever stops the tests must not stop this before it has tidied up.
trap '' HUP INT TERM PIPE
umask 077
prefix=
[ -z "$user" ] || prefix="setpriv --reuid=$user --regid=$(id -g "$user") --clear-groups"

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

children() {
  cat "/proc/$1/task/$1/children" 2>/dev/null || :
}

# Ends a process and its children without giving them a chance. The parent stands still first, so that
# no child is missed.
kill_family() {
  alive "$1" || return 0
  kill -STOP "$1"
  family="$1 $(children "$1")"
  kill -KILL $family
  for one in $family; do
    gone "$one" || return 1
  done
}

pause_family() {
  kill -STOP "$1" && kill -STOP $(children "$1")
}

resume_family() {
  kill -CONT $(children "$1")
  kill -CONT "$1"
}

# One line of what a PostgreSQL server notes about itself: 1 its process, 7 its shared memory, 8 its state.
note() {
  sed -n "$2p" "$1/postmaster.pid" 2>/dev/null
}

# A server that was killed leaves a mark in shared memory.
forget_memory() {
  memory=$(note "$1" 7)
  [ -z "$memory" ] || ipcrm -m "${memory##* }"
}

serve() {
  mkdir "$folder" && cd "$folder" || { echo failed; exit 1; }
  exec 2>>log
  [ -z "$user" ] || chown "$user" "$folder"
  echo ok
  while read -r command arguments; do
    if "do_$command" $arguments >&2; then echo ok; else echo failed; fi
  done
  end
  cd /
  rounds=0
  until rm -rf "$folder" 2>/dev/null || [ $((rounds += 1)) -gt 100 ]; do
    sleep 0.05
  done
}
