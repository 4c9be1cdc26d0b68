#!/bin/bash
# A private Kerberos on loopback: the realm TEST, with this user and the service of a host called localhost.
#   kdc.sh start DIR            start it; DIR/env.sh then has the variables of whoever shall use it, DIR/keytab is the service's
#   kdc.sh ticket DIR SECONDS   get a ticket that lasts for so long
#   kdc.sh stop DIR             stop it
# Needs Debian's krb5-kdc and krb5-user. Runs as any user.
set -euo pipefail
action=${1:?start, ticket or stop}
dir=$(realpath -m "${2:?the folder of the realm}")
PATH=$PATH:/usr/sbin:/sbin
export KRB5_CONFIG=$dir/krb5.conf KRB5_KDC_PROFILE=$dir/kdc.conf KRB5CCNAME=FILE:$dir/tickets

for program in krb5kdc kdb5_util kadmin.local kinit; do
  command -v "$program" >/dev/null || { echo "kdc.sh: $program is not installed; install the packages that ./test names" >&2; exit 3; }
done

start() {
  local port
  mkdir -p "$dir"
  for _ in $(seq 50); do
    port=$((30000 + RANDOM % 2700))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  cat >"$KRB5_CONFIG" <<CONF
[libdefaults]
  default_realm = TEST
  dns_lookup_kdc = false
  dns_canonicalize_hostname = false
  rdns = false
  udp_preference_limit = 1
[realms]
  TEST = {
    kdc = 127.0.0.1:$port
  }
CONF
  cat >"$KRB5_KDC_PROFILE" <<CONF
[realms]
  TEST = {
    database_name = $dir/principal
    key_stash_file = $dir/stash
    acl_file = $dir/acl
    kdc_listen = 127.0.0.1:$port
    kdc_tcp_listen = 127.0.0.1:$port
    max_life = 1h
  }
CONF
  printf 'export KRB5_CONFIG=%s KRB5CCNAME=%s\n' "$KRB5_CONFIG" "$KRB5CCNAME" >"$dir/env.sh"
  {
    kdb5_util -r TEST create -s -W -P master
    kadmin.local -r TEST -q "addprinc -pw secret $(id -un)"
    kadmin.local -r TEST -q "addprinc -randkey host/localhost"
    kadmin.local -r TEST -q "ktadd -k $dir/keytab host/localhost"
    krb5kdc -r TEST -P "$dir/kdc.pid"
  } >"$dir/create.log" 2>&1
  for _ in $(seq 200); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
    sleep 0.02
  done
  echo "kdc.sh: krb5kdc did not start:" >&2
  cat "$dir/create.log" >&2
  return 1
}

case $action in
  start) start ;;
  ticket) echo secret | kinit -l "${3:?seconds}s" "$(id -un)@TEST" >/dev/null ;;
  stop) if [[ -s $dir/kdc.pid ]]; then kill "$(cat "$dir/kdc.pid")" 2>/dev/null || true; fi ;;
  *)
    echo "kdc.sh: $action is not known" >&2
    exit 2
    ;;
esac
