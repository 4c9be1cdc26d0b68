using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace PathosHpc;

/// <summary>Ends the job when its first node is lost. A job of Slurm that outlives its nodes outlives that one too, and would be held until its walltime with
/// nobody in it who could start anything. A shell on the second node hears from the supervisor; when it no longer does, it asks Slurm whether the first node is
/// still the job's.</summary>
internal sealed class NodeGuard : IDisposable
{
    private const string Watch = """
        while :; do
          read -r -t "$3" line
          heard=$?
          [ "$line" != bye ] || exit 0
          [ $heard -ne 0 ] || continue
          [ $heard -gt 128 ] || sleep "$3"
          nodes=$(squeue --noheader --states=all --jobs="$1" --format=%N 2>/dev/null) && nodes=$(scontrol show hostnames "$nodes" 2>/dev/null) || continue
          [ -n "$nodes" ] && ! grep -qxF "$2" <<<"$nodes" || continue
          echo "pathos: JOB $1 IS CANCELLED DUE TO NODE FAILURE: its first node, $2, was lost, and with it what started its ranks." >>"$4"
          exec scancel "$1"
        done
        """;

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(60), ShortestPause = TimeSpan.FromSeconds(2);
    private readonly Process process;
    private readonly Timer beat;

    private NodeGuard(Process process, TimeSpan pause)
    {
        this.process = process;
        beat = new Timer(_ => Say("here"), null, TimeSpan.Zero, pause / 4);
    }

    /// <param name="first">The node that this process runs on.</param>
    /// <param name="second">The node that watches.</param>
    /// <param name="jobFolder">In which the scheduler's log is.</param>
    /// <param name="heartbeat">How long silence is allowed.</param>
    /// <returns>Null where there is no job of Slurm.</returns>
    public static NodeGuard? Start(string first, string second, string jobFolder, TimeSpan heartbeat)
    {
        if (Environment.GetEnvironmentVariable("SLURM_JOB_ID") is not { Length: > 0 } job)
            return null;
        TimeSpan pause = TimeSpan.FromSeconds(Math.Clamp(heartbeat.TotalSeconds / 2, ShortestPause.TotalSeconds, LongestPause.TotalSeconds));
        string seconds = Math.Ceiling(pause.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        var start = new ProcessStartInfo("srun", ["--overlap", "--nodes=1", "--ntasks=1", "--cpus-per-task=1", "--mem=0", "--mpi=none", "--quiet", $"--nodelist={second}",
            "bash", "-c", Watch, "pathos-guard", job, first, seconds, $"{jobFolder}/scheduler.log"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Win32Exception)
        {
            return null;
        }
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new NodeGuard(process, pause);
    }

    /// <summary>Lets the job end by itself.</summary>
    public void Dispose()
    {
        beat.Dispose();
        Say("bye");
        if (!process.WaitForExit(1000))
            process.Kill(entireProcessTree: true);
        process.Dispose();
    }

    private void Say(string word)
    {
        try
        {
            process.StandardInput.WriteLine(word);
            process.StandardInput.Flush();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // It has ended, perhaps with its node; the next start of the world has another.
        }
    }
}
