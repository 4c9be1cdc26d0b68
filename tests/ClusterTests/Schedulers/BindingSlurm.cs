using System.Globalization;
using System.Runtime.Versioning;

namespace PathosHpc.ClusterTests;

/// <summary>A Slurm of one node, this machine, that binds tasks to cores.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class BindingSlurm : PrivateSlurm
{
    protected override bool HasOverdueJob => false;

    protected override int Nodes => 1;

    protected override Dictionary<string, string> Settings => new() { ["TASK"] = "task/affinity", ["CPUS"] = Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture) };
}
