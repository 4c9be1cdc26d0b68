using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace PathosHpc.ClusterTests;

/// <summary>Ranks of a job that the kernel holds to its memory.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class MemoryTests : IAsyncLifetime
{
    private const int Ranks = 4, Share = 6;
    // All of it is touched three times, which takes some virtual machines 10 s a GB: as little as leaves the ranks' runtimes room beside their shares.
    private static readonly MemorySize Memory = MemorySize.MiB(1500);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(240);
    private readonly ConfiningSlurm slurm = new();

    // Not as a fixture, which would be started for a test that is skipped.
    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => Task.CompletedTask;

    [MemoryCgroupFact]
    public async Task Ranks_take_their_shares_side_by_side_and_an_item_that_takes_more_than_all_have_fails_alone()
    {
        var told = new ConcurrentBag<string>();
        await slurm.InitializeAsync();
        try
        {
            await using var pool = new MpiPool(new MpiPoolOptions
            {
                Scheduler = new SlurmScheduler { Pace = PrivateSlurm.Quick },
                Resources = new() { Nodes = 1, RanksPerNode = Ranks, MemoryPerNode = Memory, Walltime = TimeSpan.FromMinutes(5) },
                Host = slurm.Host,
                WorkFolder = slurm.WorkFolder,
                Mpiexec = "mpiexec.hydra",
                Output = RankOutput.Discard,
                JobProgress = new Progress<JobProgress>(job => told.Add(job.JobId)),
            });
            int[] taken = await pool.MapAsync(rank =>
            {
                var bytes = new byte[Memory.Bytes / Share];
                Array.Fill(bytes, (byte)1);
                Thread.Sleep(2000);
                return bytes[^1] + MapContext.Current!.Rank;
            }, Enumerable.Range(0, Ranks), new MapOptions { Strategy = MapStrategy.ScatterGather }).WaitAsync(Patience);
            Assert.Equal(Enumerable.Range(1, Ranks), taken.Order());
            // A heap would say no; other memory brings the kernel.
            MapFailedException failed = await Assert.ThrowsAsync<MapFailedException>(() => pool.MapAsync(x =>
            {
                if (x == 13)
                    Take(2 * Memory.Bytes);
                return x;
            }, Enumerable.Range(0, 40), new MapOptions { ChunkSize = 1, OnItemFailure = OnItemFailure.Continue })).WaitAsync(Patience);
            Assert.Equal([13L], failed.Failures.Select(f => f.Index));
            Assert.Equal(40, (await pool.MapAsync(x => x, Enumerable.Range(0, 40)).WaitAsync(Patience)).Length);
            Assert.Single(told.Distinct());
        }
        finally
        {
            await slurm.DisposeAsync();
        }
    }

    private static unsafe void Take(long bytes) => NativeMemory.Fill(NativeMemory.Alloc((nuint)bytes), (nuint)bytes, 1);
}
