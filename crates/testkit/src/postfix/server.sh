# One Postfix, whose configuration is in `etc`. Argument: directory of the programs.
bin=$1
server=

do_start() {
  # Its processes are not root, and read what is here.
  chmod 755 "$folder" etc
  chmod 644 etc/main.cf etc/master.cf
  umask 022
  mkdir queue data mail
  chown postfix data
  chown 65534:65534 mail
  "${bin%/lib/postfix/sbin}/sbin/postfix" -c "$folder/etc" check || return 1
  "$bin/master" -c "$folder/etc" -d </dev/null >&2 &
  server=$!
}

do_kill() {
  kill_family "$server"
}

end() {
  [ -z "$server" ] || do_kill
}

serve
