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
}
