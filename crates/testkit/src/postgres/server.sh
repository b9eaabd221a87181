# One PostgreSQL. Arguments: directory of the programs, settings.
bin=$1
shift
settings=$*
server=

# Texts sort as people expect, not by code point, so that a query that relies on either is found out.
do_init() {
  set -- --pgdata=data --no-sync --auth=trust --username=postgres --encoding=UTF8 --locale=C.UTF-8
  $prefix "$bin/initdb" "$@" --locale-provider=icu --icu-locale=nb-NO && return
  rm -rf data
  $prefix "$bin/initdb" "$@"
}

do_start() {
  $prefix "$bin/postgres" -D "$folder/data" -p "$1" -k "$folder" $settings </dev/null >&2 &
  server=$!
  rounds=0
  until [ "$(note data 1) $(note data 8 | tr -d ' ')" = "$server ready" ]; do
    alive "$server" || return 1
    [ $((rounds += 1)) -le 3000 ] || return 1
    sleep 0.02
  done
}

do_stop() {
  kill -CONT "$server"
  kill -INT "$server" && gone "$server"
}

do_pause() {
  pause_family "$server"
}

do_resume() {
  resume_family "$server"
}

do_kill() {
  kill_family "$server"
}

end() {
  [ -z "$server" ] || do_kill
  forget_memory data
}

serve
