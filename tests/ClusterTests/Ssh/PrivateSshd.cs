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

    /// <summary>Variables of the server itself.</summary>
    protected virtual IReadOnlyDictionary<string, string> Variables => new Dictionary<string, string>();

    internal string Folder { get; } = Directory.CreateTempSubdirectory("sshd-").FullName;

    internal string Configuration => Path.Combine(Folder, "config");

    public virtual Task InitializeAsync() => ScriptAsync("start");

    public virtual async Task DisposeAsync()
    {
        await ScriptAsync("stop");
        Directory.Delete(Folder, recursive: true);
    }

    internal SshHost Host(string address = "box", Func<SshHostOptions, SshHostOptions>? change = null)
    {
        var options = new SshHostOptions { ConfigurationFile = Configuration, Interactive = false };
        return new SshHost(address, change is null ? options : change(options));
    }

    internal Task ScriptAsync(string action) => RunAsync("sshd.sh", action, Folder);

    /// <summary>Runs a script of <c>tests/cluster</c>.</summary>
    protected async Task RunAsync(string script, params string[] arguments)
    {
        var result = await LocalHost.Instance.RunAsync(new HostCommand(["bash", $"{PathosHpc.Tests.Repository.Root}/tests/cluster/{script}", .. arguments])
        {
            Timeout = TimeSpan.FromSeconds(60),
            Variables = new Dictionary<string, string>(Variables) { ["EXTRA"] = Extra, ["SHELLS"] = Environment.IsPrivilegedProcess ? Shells : "" },
        });
        Assert.True(result.Succeeded, $"{script} {string.Join(' ', arguments)}: exit code {result.ExitCode}\n{result.AllOutput}");
    }
}
