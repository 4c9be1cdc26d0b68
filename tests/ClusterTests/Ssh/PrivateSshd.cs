using System.Runtime.Versioning;

namespace PathosHpc.ClusterTests;

/// <summary>An sshd of this test run's own on loopback, started and stopped by <c>tests/cluster/sshd.sh</c>.</summary>
[UnsupportedOSPlatform("windows")]
public class PrivateSshd : IAsyncLifetime
{
    /// <summary>Lines of sshd_config beside the usual ones.</summary>
    protected virtual string Extra => "";

    /// <summary>Login shells, for each of which a user is made.</summary>
    protected virtual string Shells => "";

    internal string Folder { get; } = Directory.CreateTempSubdirectory("sshd-").FullName;

    internal string Configuration => Path.Combine(Folder, "config");

    public Task InitializeAsync() => ScriptAsync("start");

    public async Task DisposeAsync()
    {
        await ScriptAsync("stop");
        Directory.Delete(Folder, recursive: true);
    }

    internal SshHost Host(string address = "box", Func<SshHostOptions, SshHostOptions>? change = null)
    {
        var options = new SshHostOptions { ConfigurationFile = Configuration, Interactive = false };
        return new SshHost(address, change is null ? options : change(options));
    }

    internal async Task ScriptAsync(string action)
    {
        var result = await LocalHost.Instance.RunAsync(new HostCommand("bash", PathosHpc.Tests.Repository.Root + "/tests/cluster/sshd.sh", action, Folder)
        {
            Timeout = TimeSpan.FromSeconds(60),
            Variables = new Dictionary<string, string> { ["EXTRA"] = Extra, ["SHELLS"] = Environment.IsPrivilegedProcess ? Shells : "" },
        });
        Assert.True(result.Succeeded, $"sshd.sh {action}: exit code {result.ExitCode}\n{result.AllOutput}");
    }
}
