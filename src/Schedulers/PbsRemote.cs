namespace PathosHpc;

/// <summary>Scripts that start a command on another node of a job through the scheduler, called like ssh. What the scheduler does not carry
/// (environment, umask, limits, folder) travels in a file of the job folder that only the user can read.</summary>
internal static class PbsRemote
{
    private const string Head = """
        #!/bin/bash
        # remote.sh [OPTION...] NODE WORD...: starts a command on another node of this job, called like ssh.
        while :; do case $1 in -l) shift 2 ;; -*) shift ;; *) break ;; esac; done
        node=$1
        shift
        PATH=$PATH:${PBS_O_PATH:-}:${PBS_EXEC:-/opt/pbs}/bin
        command -v @START@ >/dev/null || {
          echo "pathos: no way to start ranks on node $node: @START@ is not on PATH ($PATH). Put its folder there in the prologue, or use ssh between nodes." >&2
          kill -TERM "$PPID"
          exit 127
        }
        file=$(mktemp "$PATHOS_JOB_FOLDER/attempt-$PATHOS_ATTEMPT/remote.XXXXXX") || exit 96
        {
          echo 'own=$(export -p | grep -E "^declare -x PBS_(NODENUM|TASKNUM|VNODENUM|NODEFILE)=")'
          export -p
          echo 'eval "$own"'
          printf 'umask %s\nulimit -n %s\nulimit -c %s\ncd %q\n' "$(umask)" "$(ulimit -n)" "$(ulimit -c)" "$PWD"
          printf '%s\n' "$*"
        } >"$file"

        """;

    /// <summary>Hydra does not notice that a remote start failed, and would wait for ever.</summary>
    private const string Tail = """

        rm -f "$file"
        if [ "$status" -ne 0 ]; then
          echo "pathos: the start on node $node ended with status $status." >&2
          kill -TERM "$parent" 2>/dev/null
        fi
        exit "$status"

        """;

    /// <summary>Through pbs_tmrsh, which returns the command's exit status.</summary>
    internal static readonly string Pbs = Head.Replace("@START@", "pbs_tmrsh", StringComparison.Ordinal) + """
        parent=$PPID
        pbs_tmrsh "$node" /bin/bash "$file"
        status=$?
        """ + Tail;

    /// <summary>Through pbsdsh, which tells the exit status in a line of stderr only, and which outlives a launcher that was killed.</summary>
    internal static readonly string Torque = Head.Replace("@START@", "pbsdsh", StringComparison.Ordinal) + """
        parent=$PPID
        pbsdsh -h "$node" /bin/bash "$file" 2>"$file.err" &
        child=$!
        (while kill -0 "$parent" 2>/dev/null; do sleep 1; done; kill "$child") >/dev/null 2>&1 &
        watcher=$!
        wait "$child"
        status=$?
        kill "$watcher" 2>/dev/null
        cat "$file.err" >&2
        told=$(sed -n 's/.*exit status \([0-9]*\).*/\1/p' "$file.err" | tail -n 1)
        status=${told:-$status}
        rm -f "$file.err"
        """ + Tail;
}
