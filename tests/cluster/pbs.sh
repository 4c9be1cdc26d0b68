#!/bin/bash
# A pretended PBS and Torque: qsub, qstat, qdel and qselect, whose jobs are processes of this machine and start at once.
#   pbs.sh start DIR   DIR/bin is then to be put ahead on PATH; qstat answers as PBS with -F json, and as Torque without
#   pbs.sh stop DIR    kill what still runs
# It knows what pools ask, and nothing else: one node, no queues, no limits. Its answers have the shape of the real programs' (tests/Tests/Schedulers/Recorded).
set -euo pipefail
shopt -s nullglob
program=${0##*/}

record() { # FORMAT ID STATE EXIT
  local name
  name=$(cat "$jobs/$2/name")
  if [[ $1 == json ]]; then
    printf '"%s":{"Job_Name":"%s","job_state":"%s","queue":"fake","exec_host":"%s/0","stime":"now"%s}' "$2" "$name" "$3" "$(hostname)" "${4:+,\"Exit_status\":$4}"
  else
    printf '<Data><Job><Job_Id>%s</Job_Id><Job_Name>%s</Job_Name><job_state>%s</job_state><queue>fake</queue>%s</Job></Data>\n' "$2" "$name" "$3" "${4:+<exit_status>$4</exit_status>}"
  fi
}

submit() { # SCRIPT
  local id script=$1
  [[ -r $script ]] || { echo "qsub: script file '$script' cannot be loaded" >&2; exit 1; }
  exec 9>"$jobs/lock"
  flock 9
  id=$(($(cat "$jobs/last" 2>/dev/null || echo 0) + 1))
  echo "$id" >"$jobs/last"
  exec 9>&-
  id=$id.fake
  mkdir "$jobs/$id"
  sed -n 's/^#PBS -N //p' "$script" >"$jobs/$id/name"
  cp "$script" "$jobs/$id/script"
  hostname >"$jobs/$id/nodes"
  # shellcheck disable=SC2016 # for the shell that runs the job
  (cd "$HOME" && env -i HOME="$HOME" USER="${USER:-}" PATH=/usr/local/bin:/usr/bin:/bin PBS_JOBID="$id" PBS_ENVIRONMENT=PBS_BATCH PBS_O_WORKDIR="$PWD" PBS_NODEFILE="$jobs/$id/nodes" \
    setsid bash -c 'echo $$ >"$1/pid"; bash "$1/script"; echo $? >"$1/code"; mv "$1/code" "$1/exit"' job "$jobs/$id" </dev/null >"$jobs/$id/output" 2>&1 &)
  while [[ ! -s $jobs/$id/pid ]]; do sleep 0.01; done
  echo "$id"
}

status() {
  if [[ $1 == --version ]]; then
    printf 'pbs_version = 23.06.06\nVersion: 6.1.2\n'
    exit
  fi
  local word format=xml history=no code=0 separator='' id
  for word in "$@"; do
    case $word in
      json) format=json ;;
      -x) history=yes ;;
    esac
  done
  [[ $format == xml ]] || printf '{"pbs_version":"23.06.06","Jobs":{'
  for id in "$@"; do
    [[ $id == *.fake ]] || continue
    if [[ ! -d $jobs/$id ]]; then
      echo "qstat: Unknown Job Id $id" >&2
      code=153
    elif [[ ! -e $jobs/$id/exit ]]; then
      printf '%s' "$separator"
      record "$format" "$id" R ''
      separator=,
    elif [[ $format == json && $history == no ]]; then
      echo "qstat: $id Job has finished, use -x or -H to obtain historical job information" >&2
      code=35
    else
      printf '%s' "$separator"
      record "$format" "$id" "$([[ $format == json ]] && echo F || echo C)" "$(cat "$jobs/$id/exit")"
      separator=,
    fi
    [[ $format == json ]] || separator=''
  done
  [[ $format == xml ]] || printf '}}\n'
  exit "$code"
}

delete() { # ID
  [[ -d $jobs/$1 && ! -e $jobs/$1/exit ]] || { echo "qdel: Unknown Job Id $1" >&2; exit 153; }
  echo 271 >"$jobs/$1/code"
  local pid
  pid=$(cat "$jobs/$1/pid")
  # The script's own shell first, which is let tell how it ended.
  pkill -TERM -P "$pid" 2>/dev/null || true
  (for _ in $(seq 50); do [[ -e $jobs/$1/exit ]] && exit; sleep 0.1; done; pkill -KILL -s "$pid" || true; echo 271 >"$jobs/$1/exit") </dev/null >/dev/null 2>&1 &
}

if [[ $program == pbs.sh ]]; then
  dir=$(realpath -m "${2:?the folder of the cluster}")
  case ${1:?start or stop} in
    start)
      mkdir -p "$dir/bin" "$dir/jobs"
      for name in qsub qstat qdel qselect; do install -m 755 "$0" "$dir/bin/$name"; done
      ;;
    stop)
      for file in "$dir"/jobs/*/pid; do
        [[ -e ${file%/*}/exit ]] || pkill -KILL -s "$(cat "$file")" || true
      done
      ;;
    *)
      echo "pbs.sh: $1 is not known" >&2
      exit 2
      ;;
  esac
  exit
fi
jobs=$(realpath "$(dirname "$0")/../jobs")
case $program in
  qsub) submit "${!#}" ;;
  qstat) status "$@" ;;
  qdel) delete "$1" ;;
  qselect) for job in "$jobs"/*.fake; do [[ $(cat "$job/name") == "$2" && ! -e $job/exit ]] && echo "${job##*/}"; done; exit 0 ;;
esac
