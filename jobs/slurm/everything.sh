#!/bin/bash
#SBATCH --job-name=all
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=4
#SBATCH --cpus-per-task=4
#SBATCH --mem-per-cpu=768M
#SBATCH --gpus-per-node=4
#SBATCH --time=1-02:03:04
#SBATCH --constraint=skylake
#SBATCH --partition=standard
#SBATCH --account=abc123
#SBATCH --qos=high
#SBATCH --reservation=monday
#SBATCH --exclusive
#SBATCH --hint=nomultithread
#SBATCH --mail-user=me@example.org
#SBATCH --mail-type=BEGIN,END,FAIL
#SBATCH --dependency=afterok:17:18,afterany:19
#SBATCH --kill-on-invalid-dep=yes
#SBATCH --hold
#SBATCH --no-requeue
#SBATCH --export=NIL
#SBATCH --output=%x-%j.log
#SBATCH --switches=1

job=${SLURM_JOB_ID:?this script is run by the scheduler}
node=$(uname -n)  # HOSTNAME may be inherited from another node
folder=${SLURM_SUBMIT_DIR:-$PWD}/pathos-$job
mkdir -p -m 700 "$folder"
cd "$folder" || {
  echo "pathos: node $node cannot enter the job folder $folder; all nodes must share its file system." >&2
  exit 96
}
# Only the first job that comes here goes on: a submission repeated after a lost answer computes nothing twice.
ln -sn "job:$job" claim 2>/dev/null
if [ "$(readlink claim)" != "job:$job" ] || [ -e canceled ]; then
  echo "pathos: job $job does nothing: the folder is claimed by $(readlink claim), or was canceled." >&2
  exit 0
fi
n=1  # every start of this job is a numbered attempt
until mkdir "attempt-$n" 2>/dev/null; do
  [ -d "attempt-$n" ] || { echo "pathos: node $node cannot write to $folder." >&2; exit 96; }
  n=$((n + 1))
done
attempt=$folder/attempt-$n
finish() { { echo "$1" >"$attempt/exit.new" && mv "$attempt/exit.new" "$attempt/exit" || [ "$1" = 0 ]; } && exit "$1"; exit 93; }
trap 'echo TERM >>"$attempt/signals"; finish 143' TERM
exec </dev/null
printf '%s\n' "$job" "$node" "$(date +%s)" >"$attempt/started.new" && mv "$attempt/started.new" "$attempt/started"
export PATHOS_JOB_ID=$job PATHOS_JOB_FOLDER=$folder PATHOS_ATTEMPT=$n
export PATHOS_RANK=env PATHOS_REMOTE=ssh

# sbatch's --export must not reach srun, which would lose PATH; then each node once, for launchers that want a host file.
unset SLURM_EXPORT_ENV SBATCH_EXPORT
export PATHOS_HOSTS=$attempt/hosts PATHOS_SLOTS=$attempt/slots
scontrol show hostnames "$SLURM_JOB_NODELIST" >"$PATHOS_HOSTS"
sed 's/$/ slots=4/' "$PATHOS_HOSTS" >"$PATHOS_SLOTS"

# What a login shell reads, so that `module` exists; then the prologue.
[ -n "${HOME:-}" ] || export HOME=~  # not every scheduler sets it in an empty environment
[ -r /etc/profile ] && . /etc/profile >/dev/null 2>&1
for file in ~/.bash_profile ~/.bash_login ~/.profile; do
  if [ -r "$file" ]; then . "$file" >/dev/null 2>&1; break; fi
done
export PATHOS_NODE=$node OMP_NUM_THREADS=4
# A rank's share for .NET: its cores, also where nothing binds it to them, and the most of its memory.
export DOTNET_PROCESSOR_COUNT=4 DOTNET_gcServer=0 DOTNET_EnableDiagnostics=0 DOTNET_GCHeapHardLimit=0xa3333333
ulimit -S -v "$(ulimit -H -v)"  # .NET reserves far more memory than it uses
if [ "$(ulimit -v)" != unlimited ] && [ "$(ulimit -v)" -lt 2097152 ]; then
  echo "pathos: node $node limits each process to $(ulimit -v) KiB of virtual memory (ulimit -v), in which .NET cannot start: it needs 2 GiB. Have the site raise the hard limit, or ask for more memory where it follows from that." >&2
fi
module purge
module load mpich
echo starting

# The job's own environment and limits.
[ -r "$folder/environment" ] && . "$folder/environment"
ulimit -c 0 2>/dev/null

cd /tmp || {
  echo "pathos: node $node has no working folder "/tmp >&2
  finish 97
}
# In the background, so that a signal is noted at once and handed on.
note() { echo "$1" >>"$attempt/signals"; kill -"$1" $child 2>/dev/null; }
hostname --fqdn &
child=$!
for signal in TERM INT USR1 USR2; do trap "note $signal" $signal; done
wait $child; status=$?
while kill -0 $child 2>/dev/null; do wait $child; status=$?; done
finish $status
