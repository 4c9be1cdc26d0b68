using System.Diagnostics;
using System.Runtime.Versioning;
using PathosHpc.Tests;

namespace PathosHpc.ClusterTests;

/// <summary>From a laptop through a login node to a node that has neither the program, nor .NET, nor any file of the laptop's.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class SshNetworkTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [NamespacesFact]
    public async Task Maps_reach_a_node_behind_the_login_node_and_outlive_the_loss_of_the_way_there()
    {
        await using PrivateNetwork network = await PrivateNetwork.StartAsync();
        await using SshHost login = network.Host("login"), node = network.Host("node", "login"), direct = network.Host("node");
        Assert.Equal(HostFailureReason.Unreachable, (await Assert.ThrowsAsync<HostFailedException>(() => direct.ConnectAsync()).WaitAsync(Patience)).Reason);
        Assert.Empty(await node.ListAsync(Repository.Root).WaitAsync(Patience));

        // A disk that is full over there.
        using var folder = new TemporaryFolder("ssh network");
        File.WriteAllBytes(folder.Path + "/large", new byte[8_000_000]);
        var full = await Assert.ThrowsAsync<HostFailedException>(() => login.PutAsync(folder.Path + "/large", "/small/large")).WaitAsync(Patience);
        Assert.Equal(HostFailureReason.File, full.Reason);
        Assert.Contains("No space left", full.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(await login.ListAsync("/small").WaitAsync(Patience), file => file.Name == "large");

        await using var pool = new SshPool(new SshPoolOptions { Hosts = [new(node, 1)], LocalWorkers = 1, Restarts = 20 });
        string own = Environment.ProcessPath!;
        string[] where = [];
        for (var watch = Stopwatch.StartNew(); where.Distinct().Count() < 2; Assert.True(watch.Elapsed < Patience, "the node stays away"))
            where = await pool.MapAsync(_ => { Thread.Sleep(20); return Environment.ProcessPath!; }, Enumerable.Range(0, 50)).WaitAsync(Patience);
        Assert.Contains(where, path => path.StartsWith("/root/.cache/pathos-hpc/folders/", StringComparison.Ordinal));

        // The login node's link goes down in the middle of a map: nothing is lost, and nothing waits for its return.
        Task<int[]> map = pool.MapAsync(x => { Thread.Sleep(20); return x * x; }, Enumerable.Range(0, 500));
        Task<CommandResult> asked = login.RunAsync(new HostCommand("sleep", "100") { Timeout = TimeSpan.FromMinutes(3) });
        await network.LinkAsync(isUp: false);
        Assert.Equal(Enumerable.Range(0, 500).Select(x => x * x), await map.WaitAsync(Patience));
        Assert.Equal(HostFailureReason.Lost, (await Assert.ThrowsAsync<HostFailedException>(() => asked.WaitAsync(Patience))).Reason);
        await network.LinkAsync(isUp: true);
        Assert.True((await login.RunAsync(new HostCommand("true")).WaitAsync(Patience)).Succeeded);
        // And the node is back for the maps that follow.
        where = [];
        for (var watch = Stopwatch.StartNew(); where.Distinct().Count() < 2; Assert.True(watch.Elapsed < Patience, "the node does not come back"))
            where = await pool.MapAsync(_ => { Thread.Sleep(20); return Environment.ProcessPath!; }, Enumerable.Range(0, 50)).WaitAsync(Patience);
        Assert.Contains(own, where);
    }

    [NamespacesFact]
    public async Task Maps_go_from_the_laptop_through_the_login_node_and_Slurm_to_two_nodes_and_back()
    {
        await using PrivateNetwork network = await PrivateNetwork.StartAsync(slurm: true);
        await using SshHost login = network.Host("login"), second = network.Host("login");
        // Two clients that bring the program there at once.
        Task<MpiPool> other = StartedAsync(Options(second, "mpiexec.openmpi"));
        await using (MpiPool pool = await StartedAsync(Options(login, "mpiexec.hydra")))
        {
            string[] where = await pool.MapAsync(_ => { Thread.Sleep(10); return $"{Environment.ProcessPath} {Environment.MachineName}"; }, Enumerable.Range(0, 200), new MapOptions { ChunkSize = 1 }).WaitAsync(Patience);
            Assert.Equal(["node", "node2"], where.Select(w => w.Split(' ')[1]).Distinct().Order());
            // .NET itself was brought to the login node, and each node runs of its own copy.
            Assert.All(where, w => Assert.Matches("^/tmp/pathos-hpc-0/[0-9a-f]{32}/dotnet ", w));

            // The login node cannot be reached for 20 s: the ranks go on, with what they were given ahead, and nothing is computed or told twice.
            var seen = new List<long>();
            DateTime down = default, up = default;
            int meanwhile = 0;
            await foreach ((long index, (int item, DateTime at)) in pool.MapUnorderedAsync(x => { Thread.Sleep(20); return (x, DateTime.UtcNow); }, Enumerable.Range(0, 1500), new MapOptions { ChunkSize = 1 }))
            {
                Assert.Equal(index, item);
                seen.Add(index);
                if (seen.Count == 100)
                {
                    down = DateTime.UtcNow;
                    await network.LinkAsync(isUp: false);
                    _ = Task.Delay(TimeSpan.FromSeconds(20)).ContinueWith(_ =>
                    {
                        up = DateTime.UtcNow;
                        return network.LinkAsync(isUp: true);
                    }, TaskScheduler.Default);
                }
                if (at > down.AddSeconds(3) && (at < up || up == default))
                    meanwhile++;
            }
            Assert.Equal(Enumerable.Range(0, 1500).Select(x => (long)x), seen.Order());
            Assert.True(meanwhile > 500, $"{meanwhile} items were computed while the way was broken");
        }
        await using (MpiPool pool = await other)
        {
            string[] nodes = await pool.MapAsync(_ => { Thread.Sleep(10); return Environment.MachineName; }, Enumerable.Range(0, 200), new MapOptions { ChunkSize = 1 }).WaitAsync(Patience);
            Assert.Equal(["node", "node2"], nodes.Distinct().Order());
            // Canceled behind our back.
            Task<int[]> map = pool.MapAsync(x => { Thread.Sleep(100); return x; }, Enumerable.Range(0, 10_000), new MapOptions { ChunkSize = 1 });
            await login.RunAsync(new HostCommand("scancel", "--user=root"));
            var canceled = await Assert.ThrowsAsync<JobFailedException>(() => map).WaitAsync(Patience);
            Assert.True(canceled.Reason == JobFailureReason.Canceled, $"{canceled.Reason}: {canceled.Message}");
        }
        Assert.DoesNotContain(await login.ListAsync("/root/.pathos-hpc/jobs").WaitAsync(Patience), entry => entry.IsFolder);

        // The lid is closed after the submission, and somebody else attaches the next day.
        string id;
        await using (SshHost laptop = network.Host("login"))
        {
            await using MapJob<int> job = await MpiPool.SubmitAsync(Options(laptop, "mpiexec.hydra"), x => { Thread.Sleep(20); return x * x; }, Enumerable.Range(0, 500)).WaitAsync(Patience);
            id = job.Id;
            await network.LinkAsync(isUp: false);
        }
        await network.LinkAsync(isUp: true);
        await using (MapJob<int> job = await MapJob<int>.AttachAsync(Slurm, id, second).WaitAsync(Patience))
        {
            Task<int[]> results = job.WaitAsync();
            await network.LinkAsync(isUp: false);
            await Task.Delay(TimeSpan.FromSeconds(6));
            await network.LinkAsync(isUp: true);
            Assert.Equal(Enumerable.Range(0, 500).Select(x => x * x), await results.WaitAsync(Patience));
        }

        // What cannot be is told: a full disk, a folder that the nodes do not have, a user whom nobody lets in.
        var full = await Assert.ThrowsAsync<HostFailedException>(() => MpiPool.SubmitAsync(Options(login, "mpiexec.hydra") with { WorkFolder = "/small/jobs" }, x => x.Length, Enumerable.Repeat(new byte[1 << 20], 8))).WaitAsync(Patience);
        Assert.Contains("No space left", full.Message, StringComparison.Ordinal);
        var unseen = await Assert.ThrowsAsync<JobFailedException>(() => StartedAsync(Options(login, "mpiexec.hydra") with { WorkFolder = "/small/other" })).WaitAsync(Patience);
        Assert.Contains("/small/other", unseen.Message, StringComparison.Ordinal);
        await using var stranger = new SshHost("nobody-such@login", network.Options);
        Assert.Equal(HostFailureReason.Authentication, (await Assert.ThrowsAsync<HostFailedException>(() => StartedAsync(Options(stranger, "mpiexec.hydra"))).WaitAsync(Patience)).Reason);

        // The way is lost for good: the map says so, and the job ends without its client.
        await using (MpiPool pool = await StartedAsync(Options(login, "mpiexec.hydra") with { HeartbeatTimeout = TimeSpan.FromSeconds(10), ClientGrace = TimeSpan.FromSeconds(6) }))
        {
            Task<int[]> map = pool.MapAsync(x => { Thread.Sleep(100); return x; }, Enumerable.Range(0, 10_000), new MapOptions { ChunkSize = 1 });
            await network.LinkAsync(isUp: false);
            var lost = await Assert.ThrowsAsync<JobFailedException>(() => map).WaitAsync(Patience);
            Assert.True(lost.Reason == JobFailureReason.HeartbeatLost, lost.Message);
        }
        await network.LinkAsync(isUp: true);
        for (var watch = Stopwatch.StartNew(); (await second.RunAsync(new HostCommand("squeue", "--noheader")).WaitAsync(Patience)).StandardOutput.Length > 0; await Task.Delay(200))
            Assert.True(watch.Elapsed < Patience, "the job goes on without its client");

        // A node dies in the middle of a map: the other one computes what it had.
        await using (MpiPool pool = await StartedAsync(Options(login, "mpiexec.hydra")))
        {
            var nodes = new HashSet<string>();
            var seen = new List<long>();
            await foreach ((long index, (int square, string node)) in pool.MapUnorderedAsync(x => { Thread.Sleep(20); return (x * x, Environment.MachineName); }, Enumerable.Range(0, 1000), new MapOptions { ChunkSize = 1 }))
            {
                Assert.Equal(index * index, square);
                seen.Add(index);
                if (nodes.Add(node) && nodes.Count == 2)
                    await network.KillAsync("node2");
            }
            Assert.Equal(Enumerable.Range(0, 1000).Select(x => (long)x), seen.Order());
            Assert.Equal("node", await pool.RunAsync(_ => Environment.MachineName, 0).WaitAsync(Patience));
        }
    }

    private static SlurmScheduler Slurm => new() { Pace = PrivateSlurm.Quick };

    private static MpiPoolOptions Options(SshHost login, string mpiexec) => new()
    {
        Host = login, Scheduler = Slurm, Resources = new() { Nodes = 2, RanksPerNode = 1, Walltime = TimeSpan.FromMinutes(10) }, Mpiexec = mpiexec, Output = RankOutput.Discard,
    };

    private static async Task<MpiPool> StartedAsync(MpiPoolOptions options)
    {
        var pool = new MpiPool(options);
        try
        {
            Assert.Equal(2, await pool.RunAsync(x => x + 1, 1).WaitAsync(Patience));
            return pool;
        }
        catch
        {
            await pool.DisposeAsync();
            throw;
        }
    }
}
