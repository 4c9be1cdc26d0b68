#!/bin/bash
# A small network on this machine, of namespaces: a laptop, a login node that only the laptop reaches, and a node that only the login node reaches.
#   netns.sh start DIR        start it; DIR/config is then the laptop's configuration of ssh, with the hosts "login" and "node",
#                             and DIR/ssh the laptop's ssh
#   netns.sh link DIR up|down the login node's link to the laptop
#   netns.sh stop DIR         end it with everything that runs in it
# Login node and node have homes of their own, see neither the folders HIDDEN (absolute, by colons) of this machine, and the node not its dotnet.
# Both have /small, a file system of 2 MB. Needs root, Debian's openssh-server, iproute2 and procps.
set -euo pipefail
action=${1:?start, link or stop}
dir=$(realpath -m "${2:?the folder of the network}")
PATH=$PATH:/usr/sbin:/sbin

holder() { cat "$dir/$1.pid"; }

on() { # HOST COMMAND...
  local host=$1
  shift
  nsenter -t "$(holder "$host")" --net --mount --pid -- "$@"
}

start_host() { # its first process, which ends all others with itself
  local host=$1
  setsid unshare --net --mount --pid --fork --kill-child --mount-proc --propagation private \
    bash -c "ip link set lo up; touch '$dir/$host.up'; while :; do sleep 3600 & wait \$!; done" </dev/null >"$dir/$host.log" 2>&1 &
  echo $! >"$dir/$host.unshare"
  for _ in $(seq 500); do
    [[ -e $dir/$host.up ]] && break
    sleep 0.02
  done
  pgrep -P "$(cat "$dir/$host.unshare")" >"$dir/$host.pid"
}

cable() { # HOST INTERFACE ADDRESS HOST INTERFACE ADDRESS
  ip link add "pta$$" type veth peer name "ptb$$"
  ip link set "pta$$" netns "$(holder "$1")" name "$2"
  ip link set "ptb$$" netns "$(holder "$4")" name "$5"
  on "$1" sh -c "ip addr add $3 dev $2; ip link set $2 up"
  on "$4" sh -c "ip addr add $6 dev $5; ip link set $5 up"
}

start() {
  local host folder dotnet
  mkdir -p "$dir" && chmod 755 "$dir"
  mkdir -p -m 755 /run/sshd
  mkdir -p /small
  ssh-keygen -q -t ed25519 -N '' -f "$dir/hostkey" -C test
  ssh-keygen -q -t ed25519 -N '' -f "$dir/id" -C test
  cp "$dir/id.pub" "$dir/authorized" && chmod 644 "$dir/authorized"
  for host in laptop login node; do start_host "$host"; done
  cable laptop eth0 10.71.1.1/24 login ext0 10.71.1.2/24
  cable login int0 10.71.2.1/24 node eth0 10.71.2.11/24
  dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
  for host in login node; do
    on "$host" mount -t tmpfs -o mode=700,size=1g home /root
    on "$host" mount -t tmpfs -o mode=700,size=2m small /small
    IFS=: read -ra hidden <<<"${HIDDEN:-}"
    for folder in "${hidden[@]}"; do on "$host" mount -t tmpfs -o mode=700,size=1m hidden "$folder"; done
    [[ $host == login ]] || on "$host" mount -t tmpfs -o mode=700,size=1m hidden "$dotnet"
    printf '%s\n' "ListenAddress 0.0.0.0" "HostKey $dir/hostkey" "PidFile $dir/$host.sshd" "AuthorizedKeysFile $dir/authorized" "StrictModes no" "UsePAM no" \
      "PasswordAuthentication no" "KbdInteractiveAuthentication no" "PermitRootLogin prohibit-password" "UseDNS no" >"$dir/sshd_config.$host"
    on "$host" "$(command -v sshd)" -f "$dir/sshd_config.$host" -E "$dir/$host.sshd.log"
  done
  echo "10.71.1.2,10.71.2.11 $(cut -d' ' -f1,2 "$dir/hostkey.pub")" >"$dir/known_hosts"
  cat >"$dir/config" <<CONF
Host login
  HostName 10.71.1.2
Host node
  HostName 10.71.2.11
Host *
  User root
  IdentityFile $dir/id
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile $dir/known_hosts
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
CONF
  printf '#!/bin/sh\nexec nsenter -t %s --net -- ssh "$@"\n' "$(holder laptop)" >"$dir/ssh"
  chmod 755 "$dir/ssh"
}

case $action in
  start) start ;;
  link) on login ip link set ext0 "${3:?up or down}" ;;
  stop)
    for host in laptop login node; do
      [[ -s $dir/$host.pid ]] && kill -KILL "$(holder "$host")" 2>/dev/null || true
    done
    for host in laptop login node; do
      for _ in $(seq 100); do
        [[ -s $dir/$host.unshare ]] && kill -0 "$(cat "$dir/$host.unshare")" 2>/dev/null || break
        sleep 0.05
      done
    done
    rmdir /small 2>/dev/null || true
    ;;
  *)
    echo "netns.sh: $action is not known" >&2
    exit 2
    ;;
esac
