using System.Runtime.Versioning;

namespace PathosHpc.ClusterTests;

/// <summary>The same on a login node with the commands of PBS and Torque, which are pretended: <c>tests/cluster/pbs.sh</c>.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class PbsSshd : PoolSshd
{
    private string Cluster => Folder + "/pbs";

    protected override string SessionVariables => $" \"PATH={Cluster}/bin:/usr/local/bin:/usr/bin:/bin\"";

    public override async Task InitializeAsync()
    {
        await RunAsync("pbs.sh", "start", Cluster);
        await base.InitializeAsync();
    }

    public override async Task DisposeAsync()
    {
        await RunAsync("pbs.sh", "stop", Cluster);
        await base.DisposeAsync();
    }

    /// <summary>Jobs that have not ended.</summary>
    internal string[] Jobs => [.. Directory.GetDirectories(Cluster + "/jobs").Where(job => !File.Exists(job + "/exit"))];
}
