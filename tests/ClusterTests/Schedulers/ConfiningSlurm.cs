using System.Runtime.Versioning;

namespace PathosHpc.ClusterTests;

/// <summary>A Slurm of one node, this machine, whose kernel holds jobs to their memory.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ConfiningSlurm : PrivateSlurm
{
    protected override bool HasOverdueJob => false;

    protected override int Nodes => 1;

    protected override Dictionary<string, string> Settings => new() { ["TASK"] = "task/cgroup", ["EXTRA"] = "" };
}
