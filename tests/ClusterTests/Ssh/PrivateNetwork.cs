using System.Runtime.Versioning;
using PathosHpc.Tests;

namespace PathosHpc.ClusterTests;

/// <summary>A laptop, a login node and two nodes behind it: namespaces of this machine, started and stopped by <c>tests/cluster/netns.sh</c>.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class PrivateNetwork : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("netns-").FullName;

    private PrivateNetwork() { }

    /// <param name="slurm">Whether the nodes are those of a Slurm.</param>
    public static async Task<PrivateNetwork> StartAsync(bool slurm = false)
    {
        var network = new PrivateNetwork();
        try
        {
            await network.ScriptAsync(slurm ? "yes" : "", "start");
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    /// <summary>A host as the laptop reaches it.</summary>
    public SshHost Host(string name, params string[] through) => new(name, Options with { Through = through });

    /// <summary>How the laptop reaches hosts.</summary>
    public SshHostOptions Options => new()
    {
        ConfigurationFile = folder + "/config", Program = folder + "/ssh", Interactive = false, LostAfter = TimeSpan.FromSeconds(3), ConnectTimeout = TimeSpan.FromSeconds(5),
    };

    public Task LinkAsync(bool isUp) => ScriptAsync("", "link", isUp ? "up" : "down");

    /// <summary>Ends a host with all that runs on it.</summary>
    public Task KillAsync(string host) => ScriptAsync("", "kill", host);

    public async ValueTask DisposeAsync()
    {
        await ScriptAsync("", "stop");
        Directory.Delete(folder, recursive: true);
    }

    private async Task ScriptAsync(string slurm, string action, params string[] arguments)
    {
        var result = await LocalHost.Instance.RunAsync(new HostCommand(["bash", Repository.Root + "/tests/cluster/netns.sh", action, folder, .. arguments])
        {
            Timeout = TimeSpan.FromSeconds(60),
            // They have neither the source tree nor the folders of built programs.
            Variables = new Dictionary<string, string> { ["HIDDEN"] = Repository.Root, ["SLURM"] = slurm },
        });
        Assert.True(result.Succeeded, $"netns.sh {action}: exit code {result.ExitCode}\n{result.AllOutput}");
    }
}
