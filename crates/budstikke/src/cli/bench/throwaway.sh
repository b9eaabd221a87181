# Runs a PostgreSQL of its own for the process at the other end of standard input and goes with it:
# however that process ends, the pipe closes, the server stops and its folder is removed.
#
# arguments: folder (not there yet), port, administrator's password, settings (-c name=value …)
# output:    "ok" when the server takes connections, "missing" when it is not installed, or "failed"
set -u
folder=$1 port=$2 password=$3
shift 3
trap '' HUP INT TERM PIPE
umask 077

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -x "$bin/initdb" ] || bin=$(dirname "$(command -v initdb || echo ./none)")
[ -x "$bin/initdb" ] && [ -x "$bin/postgres" ] || { echo missing; exit 1; }

# It refuses to be root.
as=
if [ "$(id -u)" = 0 ]; then
  id -u postgres >/dev/null 2>&1 || { echo missing; exit 1; }
  as="setpriv --reuid=postgres --regid=$(id -g postgres) --clear-groups"
fi

start() {
  mkdir "$folder" && cd "$folder" && printf '%s\n' "$password" >password || return 1
  [ -z "$as" ] || chown -R postgres "$folder"
  $as "$bin/initdb" --pgdata=data --username=postgres --auth=scram-sha-256 --pwfile=password \
    --encoding=UTF8 --locale=C >log 2>&1 || return 1
  $as "$bin/pg_ctl" -D data -l "$folder/server.log" -w -t 60 \
    -o "-p $port -k $folder $*" start >>log 2>&1
}

if start "$@"; then echo ok; else echo failed; cat log server.log 2>/dev/null >&2; fi
cat >/dev/null
$as "$bin/pg_ctl" -D data -m immediate -w stop >>log 2>&1
cd / && rm -rf "$folder"
