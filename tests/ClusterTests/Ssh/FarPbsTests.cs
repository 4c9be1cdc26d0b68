using System.Diagnostics;
using System.Runtime.Versioning;
using PathosHpc.Tests;

namespace PathosHpc.ClusterTests;

/// <summary>Maps on the ranks of a job of PBS or Torque that only ssh reaches. The schedulers are pretended; ssh, the ranks and their MPI are real.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class FarPbsTests(PbsSshd sshd) : IClassFixture<PbsSshd>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData("pbs")]
    [InlineData("torque")]
    public async Task Maps_go_through_ssh_and_the_queue_and_come_back(string name)
    {
        Scheduler scheduler = name == "pbs" ? new PbsScheduler { Pace = PrivateSlurm.Quick } : new TorqueScheduler { Pace = PrivateSlurm.Quick };
        await using SshHost login = sshd.Host(change: o => o with { LostAfter = TimeSpan.FromSeconds(4) });
        var options = new MpiPoolOptions
        {
            Host = login, Scheduler = scheduler, Resources = new() { Nodes = 1, RanksPerNode = 2, Walltime = TimeSpan.FromMinutes(10) }, Mpiexec = "mpiexec.hydra", Output = RankOutput.Discard,
        };
        using var marks = new TemporaryFolder("far pbs");
        string folder = marks.Path;
        await using (var pool = new MpiPool(options))
        {
            int offset = 3;
            int[] items = [.. Enumerable.Range(0, 10_000)];
            Assert.Equal(items.Select(x => x + 3), await pool.MapAsync(x => x + offset, items).WaitAsync(Patience));
            Task<int[]> map = pool.MapAsync(x => { File.AppendAllText($"{folder}/{x}", "x"); Thread.Sleep(10); return x; }, items.Take(300), new MapOptions { ChunkSize = 1 });
            await sshd.ScriptAsync("cut");
            Assert.Equal(items.Take(300), await map.WaitAsync(Patience));
            Assert.All(Directory.GetFiles(folder), file => Assert.Equal(1, new FileInfo(file).Length));
            Assert.Single(sshd.Jobs);
        }
        await EndedAsync();

        // Left to its job, and collected by another client.
        await using SshHost another = sshd.Host();
        await using (MapJob<int> left = await MpiPool.SubmitAsync(options, x => x * x, Enumerable.Range(0, 200)).WaitAsync(Patience))
        await using (MapJob<int> same = await MapJob<int>.AttachAsync(scheduler, left.Id, another).WaitAsync(Patience))
        {
            Assert.Equal(Enumerable.Range(0, 200).Select(x => x * x), await same.WaitAsync().WaitAsync(Patience));
            await EndedAsync();
        }

        // Canceled behind our back.
        await using (var pool = new MpiPool(options))
        {
            Assert.Equal(2, await pool.RunAsync(x => x + 1, 1).WaitAsync(Patience));
            Task<int[]> map = pool.MapAsync(x => { Thread.Sleep(100); return x; }, Enumerable.Range(0, 10_000), new MapOptions { ChunkSize = 1 });
            await login.RunAsync(new HostCommand("qdel", Path.GetFileName(Assert.Single(sshd.Jobs)))).WaitAsync(Patience);
            await Assert.ThrowsAsync<JobFailedException>(() => map).WaitAsync(Patience);
        }
        await EndedAsync();
    }

    private async Task EndedAsync()
    {
        for (var watch = Stopwatch.StartNew(); sshd.Jobs.Length > 0; await Task.Delay(50))
            Assert.True(watch.Elapsed < Patience, "jobs are left");
    }
}
