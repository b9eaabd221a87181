# Three PostgreSQL with Patroni, and one etcd. No arguments of its own; the configurations are in the
# folder when a command needs them.
etcd=

do_etcd() {
  $prefix etcd --name one --data-dir "$folder/etcd" \
    --listen-client-urls "http://127.0.0.1:$1" --advertise-client-urls "http://127.0.0.1:$1" \
    --listen-peer-urls "http://127.0.0.1:$2" --initial-advertise-peer-urls "http://127.0.0.1:$2" \
    --initial-cluster "one=http://127.0.0.1:$2" </dev/null >>etcd.log 2>&1 &
  etcd=$!
  sleep 0.2
  alive "$etcd"
}

do_member() {
  # Servers that share one would take each other's socket for their own.
  $prefix mkdir -p "sockets$1"
  $prefix patroni "$folder/member$1.yml" </dev/null >>"member$1.log" 2>&1 &
  eval "patroni$1=$!"
}

find_member() {
  eval "patroni=\${patroni$1-}"
  server=$(note "data$1" 1)
}

# Patroni first, so that it does not start anew what dies.
do_kill() {
  find_member "$1"
  [ -z "$patroni" ] || kill_family "$patroni"
  [ -z "$server" ] || kill_family "$server"
}

do_pause() {
  find_member "$1"
  kill -STOP "$patroni" && pause_family "$server"
}

do_resume() {
  find_member "$1"
  resume_family "$server"
  kill -CONT "$patroni"
}

do_pause_database() {
  find_member "$1"
  pause_family "$server"
}

end() {
  for member in 1 2 3; do
    do_kill "$member"
    forget_memory "data$member"
  done
  [ -z "$etcd" ] || kill_family "$etcd"
}

serve
