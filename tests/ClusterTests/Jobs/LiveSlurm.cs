using System.Runtime.Versioning;

namespace PathosHpc.ClusterTests;

/// <summary>A Slurm for the tests of pools in jobs, and what they have in common.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class LiveSlurm : PrivateSlurm
{
    protected override bool HasOverdueJob => false;

    /// <summary>Jobs of one partition make room for those of another.</summary>
    protected override Dictionary<string, string> Settings => new()
    {
        ["EXTRA"] = "JobAcctGatherParams=OverMemoryKill\nPreemptType=preempt/partition_prio\nPreemptMode=REQUEUE\nPartitionName=urgent Nodes=ALL PriorityTier=9 MaxTime=04:00:00 State=UP",
    };

    /// <summary>Options of a pool of two nodes with one rank each.</summary>
    internal MpiPoolOptions Options(MpiFlavor flavor, int ranks = 2, ClusterHost? host = null) => new()
    {
        Scheduler = new SlurmScheduler { Pace = Quick },
        Resources = new() { Nodes = ranks, RanksPerNode = 1, Walltime = TimeSpan.FromMinutes(10) },
        Host = host ?? Host,
        WorkFolder = WorkFolder,
        Mpiexec = flavor == MpiFlavor.Mpich ? "mpiexec.hydra" : "mpiexec.openmpi",
    };

    /// <summary>The names of the jobs that wait or run.</summary>
    internal async Task<string[]> JobsAsync() => (await RunAsync("squeue", "--noheader", "--format=%j %t")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Ends what a test that failed left behind, so that the next does not fail for it.</summary>
    internal async Task CleanAsync()
    {
        string[] left = [.. (await RunAsync("squeue", "--noheader", "--format=%i %t")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(job => !job.EndsWith(" CG", StringComparison.Ordinal))];
        if (left.Length > 0)
        {
            await Host.RunAsync(new HostCommand(["scancel", .. left.Select(job => job.Split(' ')[0])]));
            await UntilAsync(async () => (await JobsAsync()).Length == 0, () => "jobs of an earlier test do not end");
        }
        if ((await JobsAsync()).Length > 0)
            return; // one that is ending still writes
        foreach (string folder in Directory.Exists(WorkFolder) ? Directory.GetDirectories(WorkFolder) : [])
            Directory.Delete(folder, recursive: true);
    }

    /// <summary>Nothing of a pool is left: no job, no folder.</summary>
    /// <param name="log">What the pool logged, to be told with what is left.</param>
    internal async Task NothingIsLeftAsync(IEnumerable<string>? log = null)
    {
        await UntilAsync(async () => (await JobsAsync()).Length == 0, () => "jobs are left");
        string[] left = Directory.Exists(WorkFolder) ? Directory.GetDirectories(WorkFolder) : [];
        string[] what = [.. left.SelectMany(folder => Directory.GetFileSystemEntries(folder, "*", SearchOption.AllDirectories).Select(path => $"{File.GetLastWriteTime(path):HH:mm:ss.fff} {path}").Prepend(folder))];
        Assert.True(left.Length == 0, $"Left is:\n{string.Join('\n', what)}\n{string.Join('\n', log ?? [])}");
    }

    internal static async Task UntilAsync(Func<Task<bool>> condition, Func<string> complaint)
    {
        for (long until = Environment.TickCount64 + 60_000; !await condition(); await Task.Delay(50))
            Assert.True(Environment.TickCount64 < until, complaint());
    }
}
