using System.Runtime.Versioning;
using PathosHpc.Tests;

namespace PathosHpc.ClusterTests;

/// <summary>A laptop, a login node and a node behind it: namespaces of this machine, started and stopped by <c>tests/cluster/netns.sh</c>.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class PrivateNetwork : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("netns-").FullName;

    private PrivateNetwork() { }

    public static async Task<PrivateNetwork> StartAsync()
    {
        var network = new PrivateNetwork();
        await network.ScriptAsync("start");
        return network;
    }

    /// <summary>A host as the laptop reaches it.</summary>
    public SshHost Host(string name, params string[] through) => new(name, new SshHostOptions
    {
        ConfigurationFile = folder + "/config", Program = folder + "/ssh", Through = through, Interactive = false, LostAfter = TimeSpan.FromSeconds(3), ConnectTimeout = TimeSpan.FromSeconds(5),
    });

    public Task LinkAsync(bool isUp) => ScriptAsync("link", isUp ? "up" : "down");

    public async ValueTask DisposeAsync()
    {
        await ScriptAsync("stop");
        Directory.Delete(folder, recursive: true);
    }

    private async Task ScriptAsync(string action, params string[] arguments)
    {
        var result = await LocalHost.Instance.RunAsync(new HostCommand(["bash", Repository.Root + "/tests/cluster/netns.sh", action, folder, .. arguments])
        {
            Timeout = TimeSpan.FromSeconds(60),
            // They have neither the source tree nor the folders of built programs.
            Variables = new Dictionary<string, string> { ["HIDDEN"] = Repository.Root },
        });
        Assert.True(result.Succeeded, $"netns.sh {action}: exit code {result.ExitCode}\n{result.AllOutput}");
    }
}
