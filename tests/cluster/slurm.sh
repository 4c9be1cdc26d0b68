#!/bin/bash
# A private Slurm on this machine: munged, slurmctld and several slurmd with folders, ports and pid files of their own.
#   slurm.sh start DIR [NODES]      start it; DIR/env.sh then holds what a client needs
#   slurm.sh stop DIR               stop all of it, by pid file
#   slurm.sh kill-node DIR NAME     kill a slurmd as a crash would, with what it runs;   start-node DIR NAME starts it again, until it takes jobs
#   slurm.sh await-saved DIR JOB    wait until slurmctld has written what it knows of a job to its disk, which it does seconds later
#   slurm.sh kill-controller DIR    kill slurmctld as a crash would;  start-controller DIR starts it again with its saved state, until it answers
#   slurm.sh freeze DIR | thaw DIR  stop slurmctld without ending it: clients connect and get no answer
# Settings, as variables: CPUS and MEMORY (MiB) of a node, DEFAULT_MEMORY (MiB) of a core, KILL_WAIT, SLURMD_TIMEOUT and MIN_JOB_AGE (seconds), TASK (the task
#   plugin: task/affinity binds ranks to cores, task/cgroup has the kernel hold jobs to their memory), EXTRA (lines of slurm.conf);
# ACCOUNTING=yes adds slurmdbd over a MariaDB of its own (slurmdbd, slurm-wlm-mysql-plugin, mariadb-server), so that sacct answers; with ACCOUNT=NAME
# jobs of that account alone are taken.
# Needs Debian's slurmctld, slurmd, slurm-client and munge. Runs as root or as any user, whose jobs it then runs.
set -euo pipefail
shopt -s nullglob
action=${1:?start, stop, kill-node, start-node, await-saved, kill-controller, start-controller, freeze or thaw}
dir=$(realpath -m "${2:?the folder of the cluster}")
export SLURM_CONF=$dir/slurm.conf
PATH=$PATH:/usr/sbin

for program in munged slurmctld slurmd sinfo srun scontrol scancel pgrep; do
  command -v "$program" >/dev/null || { echo "slurm.sh: $program is not installed; install the packages that ./test names" >&2; exit 3; }
done

# The machine's name as Slurm sees it: a name that does not resolve is no problem, since every address is given.
host=$(hostname -s)

free_ports() {  # a first port such that it and the 40 after it are free
  local base p
  for _ in $(seq 50); do
    base=$((20000 + (RANDOM % 250) * 40))
    for ((p = base; p < base + 40; p++)); do (exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null && continue 2; done
    echo "$base"
    return
  done
  echo "slurm.sh: found no free ports" >&2
  return 1
}

write_configuration() {
  local nodes=$1 base=$2 i
  cat <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$base
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$dir/run/munge.sock
CredType=cred/munge
StateSaveLocation=$dir/state
SlurmctldPidFile=$dir/run/slurmctld.pid
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdPidFile=$dir/run/slurmd-%n.pid
SlurmdLogFile=$dir/log/slurmd-%n.log
SlurmdSpoolDir=$dir/spool/%n
TmpFS=$dir/tmp/%n
ProctrackType=proctrack/linuxproc
TaskPlugin=${TASK:-task/none}
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
DefMemPerCPU=${DEFAULT_MEMORY:-200}
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1,sched_interval=1,batch_sched_delay=0
ReturnToService=2
SlurmctldTimeout=30
SlurmdTimeout=${SLURMD_TIMEOUT:-10}
InactiveLimit=0
KillWait=${KILL_WAIT:-2}
MinJobAge=${MIN_JOB_AGE:-60}
SlurmdParameters=config_overrides
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
SlurmctldDebug=info
SlurmdDebug=info
PropagateResourceLimits=NONE
CONF
  for ((i = 1; i <= nodes; i++)); do
    echo "NodeName=n$i NodeHostname=$host NodeAddr=127.0.0.1 Port=$((base + i)) CPUs=${CPUS:-4} RealMemory=${MEMORY:-1000} State=UNKNOWN"
  done
  echo "PartitionName=debug Nodes=ALL Default=YES MaxTime=04:00:00 DefaultTime=00:05:00 State=UP"
  echo "PartitionName=short Nodes=ALL MaxTime=00:02:00 State=UP"
  echo "${EXTRA:-}"
}

start_accounting() {  # PORT: slurmdbd there, MariaDB on the next
  local port=$1 sql
  mkdir -p "$dir/db"
  mariadb-install-db --no-defaults --datadir="$dir/db" --auth-root-authentication-method=normal --skip-test-db --user="$(id -un)" >"$dir/log/install-db.log" 2>&1
  setsid mariadbd --no-defaults --user="$(id -un)" --datadir="$dir/db" --socket="$dir/run/sql.sock" --bind-address=127.0.0.1 --port=$((port + 1)) \
    --pid-file="$dir/run/mariadbd.pid" --innodb-buffer-pool-size=64M --innodb-log-file-size=32M --innodb-flush-log-at-trx-commit=0 >"$dir/log/mariadbd.log" 2>&1 </dev/null 9<&- &
  sql=(mariadb --no-defaults --socket="$dir/run/sql.sock" --user=root)
  wait_for 20 sh -c '"$@" >/dev/null 2>&1' sh "${sql[@]}" --execute="select 1"
  "${sql[@]}" --execute="create database slurm; create user 'slurm'@'127.0.0.1' identified by 'x'; grant all on slurm.* to 'slurm'@'127.0.0.1'"
  (umask 077; cat >"$dir/slurmdbd.conf") <<CONF
AuthType=auth/munge
AuthInfo=socket=$dir/run/munge.sock
DbdHost=$host
DbdAddr=127.0.0.1
DbdPort=$port
SlurmUser=$(id -un)
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort=$((port + 1))
StorageUser=slurm
StoragePass=x
StorageLoc=slurm
LogFile=$dir/log/slurmdbd.log
PidFile=$dir/run/slurmdbd.pid
CONF
  slurmdbd 9<&-
  wait_for 20 grep -q 'slurmdbd version .* started' "$dir/log/slurmdbd.log"
  # slurmctld takes the socket from AccountingStoragePass, not from AuthInfo, and ends without it.
  cat >>"$SLURM_CONF" <<CONF
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort=$port
AccountingStoragePass=$dir/run/munge.sock
CONF
  # Only jobs of accounts that are known are taken then.
  [ -z "${ACCOUNT:-}" ] || {
    echo "AccountingStorageEnforce=associations" >>"$SLURM_CONF"
    sacctmgr --immediate add cluster test >>"$dir/log/sacctmgr.log"
    sacctmgr --immediate add account "$ACCOUNT" >>"$dir/log/sacctmgr.log"
    sacctmgr --immediate add user "$(id -un)" account="$ACCOUNT" >>"$dir/log/sacctmgr.log"
  }
}

wait_for() {  # SECONDS COMMAND...: until it succeeds
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] || { echo "slurm.sh: gave up on: $*; see $dir/log" >&2; return 1; }
    sleep 0.05
  done
}

# "idle" comes before a node has registered, so the registration is what counts.
registered() { [ "$(scontrol show node -o 2>/dev/null | grep -c 'SlurmdStartTime=20')" -ge "$1" ]; }

start() {
  local nodes=${1:-4} base i
  mkdir -p "$dir"/{run,log,state,spool,munge,tmp}
  chmod 755 "$dir" "$dir/run"
  chmod 700 "$dir/munge"
  for ((i = 1; i <= nodes; i++)); do mkdir -p "$dir/tmp/n$i"; done
  [ -s "$dir/munge/key" ] || (umask 077; head -c 1024 /dev/urandom >"$dir/munge/key")
  munged --key-file="$dir/munge/key" --socket="$dir/run/munge.sock" --pid-file="$dir/run/munged.pid" \
    --log-file="$dir/log/munged.log" --seed-file="$dir/munge/seed" --num-threads=2
  # Ports that are found free are taken only when the daemons listen: one start at a time, or two would take the same. The daemons must not keep the lock.
  exec 9<"$(command -v slurmctld)"
  flock 9
  base=$(free_ports)
  write_configuration "$nodes" "$base" >"$SLURM_CONF"
  echo "export SLURM_CONF=$SLURM_CONF" >"$dir/env.sh"
  [[ ${TASK:-} != *cgroup* ]] || printf '%s\n' CgroupAutomount=no CgroupMountpoint=/sys/fs/cgroup ConstrainRAMSpace=yes ConstrainCores=no >"$dir/cgroup.conf"
  [ -z "${ACCOUNTING:-}" ] || start_accounting $((base + 35))
  slurmctld -f "$SLURM_CONF" -c 9<&-
  for ((i = 1; i <= nodes; i++)); do slurmd -f "$SLURM_CONF" -N "n$i" 9<&-; done
  wait_for 30 registered "$nodes"
  exec 9<&-
  timeout 30 srun -N"$nodes" -n"$nodes" true
}

pid_of() { cat "$dir/run/$1.pid" 2>/dev/null; }

kill_tree() {  # PID: it and all that descend from it
  local child
  for child in $(pgrep -P "$1" || true); do kill_tree "$child"; done
  kill -KILL "$1" 2>/dev/null || true
}

gone() { ! grep -qs '^State:[[:space:]]*[^Z]' "/proc/$1/status"; }

# Side by side: each takes some seconds.
end_daemons() {  # PIDFILE...
  local file pid pids=()
  for file; do
    pid=$(cat "$file" 2>/dev/null) && kill "$pid" 2>/dev/null && pids+=("$pid")
  done
  for pid in "${pids[@]}"; do wait_for 10 gone "$pid" || kill -KILL "$pid"; done
}

takes_jobs() { sinfo --noheader --nodes="$1" --format=%T 2>/dev/null | grep -qx 'idle\|mixed\|allocated'; }

answers() { scontrol ping 2>/dev/null | grep -q 'is UP$'; }

# A crash before slurmctld has saved a job makes it forget the job, give its id again, and kill what it finds of it on the nodes.
await_saved() {
  local mark="saved-$1-$RANDOM$RANDOM"
  scontrol update JobId="$1" Comment="$mark"
  wait_for 60 grep -qsaF "$mark" "$dir/state/job_state"
}

# A step's daemon is no child of slurmd; it names its node and job in its command line: "slurmstepd: [7.batch]" has no node,
# but its spool folder is this cluster's, which is how it is told from others'.
steps_of() {
  local p
  for p in $(pgrep slurmstepd || true); do
    [[ $(readlink "/proc/$p/cwd" 2>/dev/null) == "$dir/"* ]] && { [ -z "${1:-}" ] || ls -l "/proc/$p/fd" 2>/dev/null | grep -q "slurmd-$1.log\|spool/$1/"; } && echo "$p"
  done
  return 0
}

case $action in
  start)
    trap '[ $? -eq 0 ] || bash "$0" stop "$dir"' EXIT  # nobody else would end what has started by then
    start "${3:-4}"
    ;;
  stop)
    kill -CONT "$(pid_of slurmctld)" 2>/dev/null || true  # it may have been frozen, or killed
    [ -s "$SLURM_CONF" ] && { timeout 3 scancel --state=PENDING --user="$(id -un)" --quiet; timeout 3 scancel --signal=KILL --full --user="$(id -un)" --quiet; timeout 3 scancel --user="$(id -un)" --quiet; } 2>/dev/null || true
    end_daemons "$dir"/run/slurmd-*.pid "$dir/run/slurmctld.pid"
    end_daemons "$dir/run/slurmdbd.pid"
    end_daemons "$dir/run/mariadbd.pid" "$dir/run/munged.pid"
    for pid in $(steps_of); do kill_tree "$pid"; done
    [ ! -s "$dir/cgroup.conf" ] || find /sys/fs/cgroup/*/slurm_n[0-9]* -depth -type d -exec rmdir {} \; 2>/dev/null || true
    ;;
  kill-node)
    name=${3:?the name of the node}
    kill -KILL "$(pid_of "slurmd-$name")"
    for pid in $(steps_of "$name"); do kill_tree "$pid"; done
    ;;
  start-node)
    name=${3:?the name of the node}
    slurmd -f "$SLURM_CONF" -N "$name"
    wait_for 60 takes_jobs "$name"
    ;;
  await-saved) await_saved "${3:?the id of the job}" ;;
  kill-controller)
    pid=$(pid_of slurmctld)
    kill -KILL "$pid"
    wait_for 10 gone "$pid"
    ;;
  start-controller)
    slurmctld -f "$SLURM_CONF"
    wait_for 60 answers
    ;;
  freeze) kill -STOP "$(pid_of slurmctld)" ;;
  thaw) kill -CONT "$(pid_of slurmctld)" ;;
  *) echo "slurm.sh: what is '$action'?" >&2; exit 2 ;;
esac
