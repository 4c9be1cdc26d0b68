#!/bin/bash
# A small network on this machine, of namespaces: a laptop, a login node that only the laptop reaches, and two nodes that only the login node reaches.
#   netns.sh start DIR        start it; DIR/config is then the laptop's configuration of ssh, with the hosts "login" and "node",
#                             and DIR/ssh the laptop's ssh. With SLURM=yes the two nodes are those of a Slurm that runs on the login node.
#   netns.sh link DIR up|down the login node's link to the laptop
#   netns.sh kill DIR HOST    a host with all that runs on it, as a failure of its power would
#   netns.sh stop DIR         end it with everything that runs in it
# Login node and nodes have one home, which is not this machine's, do not see the folders HIDDEN (absolute, by colons) of this machine, and the nodes not
# its dotnet. Each has /small, a file system of 2 MB. Needs root, Debian's openssh-server, iproute2 and procps, and what slurm.sh needs.
set -euo pipefail
action=${1:?start, link, kill or stop}
dir=$(realpath -m "${2:?the folder of the network}")
PATH=$PATH:/usr/sbin:/sbin

cluster=(login node node2)
hosts=(laptop "${cluster[@]}")

holder() { cat "$dir/$1.pid"; }

on() { # HOST COMMAND...
  local host=$1
  shift
  nsenter -t "$(holder "$host")" --net --uts --ipc --mount --pid -- "$@"
}

start_host() { # its first process, which ends all others with itself
  local host=$1
  setsid unshare --net --uts --ipc --mount --pid --fork --kill-child --mount-proc --propagation private \
    bash -c "hostname $host; mount --bind '$dir/hosts' /etc/hosts; mount -t tmpfs -o mode=1777,size=256m shm /dev/shm; ip link set lo up; touch '$dir/$host.up'; while :; do sleep 3600 & wait \$!; done" </dev/null >"$dir/$host.log" 2>&1 &
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

plug() { # HOST ADDRESS: into the switch of the login node
  ip link add "pta$$" type veth peer name "ptb$$"
  ip link set "pta$$" netns "$(holder login)" name "to-$1"
  ip link set "ptb$$" netns "$(holder "$1")" name eth0
  on login sh -c "ip link set to-$1 master int0; ip link set to-$1 up"
  on "$1" sh -c "ip addr add $2/24 dev eth0; ip link set eth0 up"
}

start_slurm() {
  local host i
  export SLURM_CONF=$dir/slurm.conf
  mkdir -p "$dir"/{munge,state,run,socket}
  chmod 755 "$dir/run" "$dir/socket"
  chmod 700 "$dir/munge"
  (umask 077; head -c 1024 /dev/urandom >"$dir/munge/key")
  cat >"$SLURM_CONF" <<CONF
ClusterName=test
SlurmctldHost=login(10.71.2.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/socket/munge
CredType=cred/munge
StateSaveLocation=$dir/state
SlurmctldPidFile=$dir/run/slurmctld.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdPidFile=$dir/run/slurmd-%n.pid
SlurmdLogFile=$dir/slurmd-%n.log
SlurmdSpoolDir=$dir/spool-%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
DefMemPerCPU=200
SchedulerParameters=bf_interval=1,sched_interval=1,batch_sched_delay=0
ReturnToService=2
SlurmdTimeout=10
KillWait=2
MinJobAge=60
SlurmdParameters=config_overrides
PropagateResourceLimits=NONE
NodeName=node NodeAddr=10.71.2.11 CPUs=8 RealMemory=10000 State=UNKNOWN
NodeName=node2 NodeAddr=10.71.2.12 CPUs=8 RealMemory=10000 State=UNKNOWN
PartitionName=debug Nodes=ALL Default=YES MaxTime=01:00:00 DefaultTime=00:05:00 State=UP
CONF
  for host in "${cluster[@]}"; do
    # One path for all in the configuration, and one munged a host.
    mkdir -p -m 755 "$dir/socket-$host"
    on "$host" mount --bind "$dir/socket-$host" "$dir/socket"
    on "$host" munged --key-file="$dir/munge/key" --socket="$dir/socket/munge" --pid-file="$dir/socket/pid" --log-file="$dir/munged-$host.log" --seed-file="$dir/munge/seed-$host" --num-threads=2
  done
  on login slurmctld -f "$SLURM_CONF" -c
  for host in node node2; do on "$host" slurmd -f "$SLURM_CONF" -N "$host"; done
  for i in $(seq 600); do
    [[ $(on login scontrol show node -o 2>/dev/null | grep -c 'SlurmdStartTime=20') -eq 2 ]] && return
    sleep 0.05
  done
  echo "netns.sh: the nodes did not come up; see $dir/slurmd-node.log" >&2
  return 1
}

start() {
  local host folder dotnet
  mkdir -p "$dir" && chmod 755 "$dir"
  mkdir -p -m 755 /run/sshd
  mkdir -p /small
  ssh-keygen -q -t ed25519 -N '' -f "$dir/hostkey" -C test
  ssh-keygen -q -t ed25519 -N '' -f "$dir/id" -C test
  cp "$dir/id.pub" "$dir/authorized" && chmod 644 "$dir/authorized"
  mkdir -m 700 "$dir/home"
  printf '%s\n' "127.0.0.1 localhost" "10.71.2.1 login" "10.71.2.11 node" "10.71.2.12 node2" >"$dir/hosts"
  for host in "${hosts[@]}"; do start_host "$host"; done
  cable laptop eth0 10.71.1.1/24 login ext0 10.71.1.2/24
  on login sh -c "ip link add int0 type bridge; ip addr add 10.71.2.1/24 dev int0; ip link set int0 up"
  plug node 10.71.2.11
  plug node2 10.71.2.12
  dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
  for host in "${cluster[@]}"; do
    on "$host" mount --bind "$dir/home" /root
    on "$host" mount -t tmpfs -o mode=700,size=2m small /small
    IFS=: read -ra hidden <<<"${HIDDEN:-}"
    for folder in "${hidden[@]}"; do on "$host" mount -t tmpfs -o mode=700,size=1m hidden "$folder"; done
    [[ $host == login ]] || on "$host" mount -t tmpfs -o mode=700,size=1m hidden "$dotnet"
    printf '%s\n' "ListenAddress 0.0.0.0" "HostKey $dir/hostkey" "PidFile $dir/$host.sshd" "AuthorizedKeysFile $dir/authorized" "StrictModes no" "UsePAM no" \
      "PasswordAuthentication no" "KbdInteractiveAuthentication no" "PermitRootLogin prohibit-password" "UseDNS no" "SetEnv SLURM_CONF=$dir/slurm.conf" >"$dir/sshd_config.$host"
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
  [[ -z ${SLURM:-} ]] || start_slurm
}

case $action in
  start) start ;;
  link)
    on login ip link set ext0 "${3:?up or down}"
    # The laptop goes on for a while to take a neighbour that did not answer for gone.
    [[ $3 == down ]] || on laptop ip neigh flush dev eth0
    ;;
  kill) kill -KILL "$(holder "${3:?a host}")" ;;
  stop)
    for host in "${hosts[@]}"; do
      [[ -s $dir/$host.pid ]] && kill -KILL "$(holder "$host")" 2>/dev/null || true
    done
    for host in "${hosts[@]}"; do
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
