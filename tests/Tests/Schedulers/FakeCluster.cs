using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;

namespace PathosHpc.Tests;

/// <summary>Programs on a PATH of their own that replay recorded answers of a scheduler, in order, the last one again and again. A submission
/// can start the script as a node's daemon would. Every process that it starts is ended by its pid.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class FakeCluster : IDisposable
{
    /// <summary>The program behind every name: the first answer that was not given yet and whose pattern fits the arguments.</summary>
    private const string Replay = """
        #!/bin/bash
        program=${0##*/} base=@BASE@
        exec 9>"$base/lock" && flock 9
        echo "$program $*" >>"$base/calls"
        env -0 >"$base/environment-of-$program"
        for script; do :; done
        if [ -f "$script" ]; then sed -n 's/^#\(PBS -N \|SBATCH --job-name=\)//p' "$script" >"$base/name"; echo "$script" >"$base/script"; fi
        chosen=
        for answer in "$base/answers/$program"/*; do
          [[ "$*" =~ $(cat "$answer/match") ]] || continue
          chosen=$answer
          [ -e "$answer/given" ] || break
        done
        [ -n "$chosen" ] || { echo "$program: nothing is recorded for $*" >&2; exit 99; }
        touch "$chosen/given"
        flock -u 9
        exec 9>&-
        start_job() {  # ID: runs the script that was submitted last, as a node does
          mkdir -p "$base/home"
          printf 'node1\nnode1\nnode2\nnode2\n' >"$base/nodefile"
          (cd "$base/home" && exec env -i HOME="$base/home" PATH=/usr/bin:/bin PBS_JOBID="$1" PBS_O_WORKDIR="$base" PBS_NODEFILE="$base/nodefile" PBS_O_PATH="$PATH" \
            SLURM_JOB_ID="$1" SLURM_SUBMIT_DIR="$base" setsid bash "$(cat "$base/script")" >>"$base/daemon.log" 2>&1 </dev/null) &
          echo $! >>"$base/pids"
        }
        signal_job() { kill -"$1" "$(tail -n 1 "$base/pids")"; }
        name=$(cat "$base/name" 2>/dev/null)
        sed "s/@NAME@/$name/g" "$chosen/stdout"
        cat "$chosen/stderr" >&2
        . "$chosen/action"
        exit "$(cat "$chosen/exit")"

        """;

    private readonly string folder = Directory.CreateTempSubdirectory("pathos-fake-").FullName;
    private int answers;

    internal FakeCluster(params string[] programs)
    {
        Directory.CreateDirectory(Bin);
        Directory.CreateDirectory(WorkFolder);
        foreach (var program in programs)
        {
            var file = Path.Combine(Bin, program);
            File.WriteAllText(file, Replay.Replace("@BASE@", folder, StringComparison.Ordinal));
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
        Host = new LocalHost { Variables = new Dictionary<string, string> { ["PATH"] = $"{Bin}:/usr/bin:/bin", ["SBATCH_PARTITION"] = "evil", ["SLURM_JOB_ID"] = "1", ["PBS_JOBID"] = "1" } };
    }

    internal LocalHost Host { get; }

    internal string WorkFolder => Path.Combine(folder, "work");

    internal string Bin => Path.Combine(folder, "bin");

    internal IReadOnlyList<string> Calls => File.Exists(Path.Combine(folder, "calls")) ? File.ReadAllLines(Path.Combine(folder, "calls")) : [];

    internal IReadOnlyList<string> VariablesSeenBy(string program) => File.ReadAllText(Path.Combine(folder, "environment-of-" + program)).Split('\0');

    /// <summary>Adds an answer. Ids and names of the recorded job are made this one's.</summary>
    /// <param name="program">The program that gives it.</param>
    /// <param name="recorded">What it says.</param>
    /// <param name="match">A pattern that its arguments must match.</param>
    /// <param name="action">Lines of bash that run before it ends, such as <c>start_job 7.pbsserver</c> or <c>sleep 60</c>.</param>
    /// <param name="replace">Pairs of recorded text and what stands for it here; the name is <c>@NAME@</c>.</param>
    internal FakeCluster Answer(string program, CommandResult recorded, string match = "", string action = "", params string[] replace)
    {
        var answer = Path.Combine(folder, "answers", program, (++answers).ToString("0000", CultureInfo.InvariantCulture));
        Directory.CreateDirectory(answer);
        var (output, error) = (recorded.StandardOutput, recorded.StandardError);
        for (var i = 0; i < replace.Length; i += 2)
            (output, error) = (output.Replace(replace[i], replace[i + 1], StringComparison.Ordinal), error.Replace(replace[i], replace[i + 1], StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(answer, "stdout"), output);
        File.WriteAllText(Path.Combine(answer, "stderr"), error);
        File.WriteAllText(Path.Combine(answer, "exit"), recorded.ExitCode.ToString(CultureInfo.InvariantCulture));
        File.WriteAllText(Path.Combine(answer, "match"), match);
        File.WriteAllText(Path.Combine(answer, "action"), action);
        return this;
    }

    public void Dispose()
    {
        var pids = Path.Combine(folder, "pids");
        foreach (var pid in File.Exists(pids) ? File.ReadAllLines(pids) : [])
        {
            try
            {
                using var process = Process.GetProcessById(int.Parse(pid, CultureInfo.InvariantCulture));
                process.Kill(entireProcessTree: true);
            }
            catch (ArgumentException)
            {
                // It has ended.
            }
        }
        for (var i = 0; i < 20; i++)
        {
            try
            {
                Directory.Delete(folder, recursive: true);
                return;
            }
            catch (IOException)
            {
                Thread.Sleep(20);
            }
        }
    }
}
