using System.Runtime.Versioning;

namespace PathosHpc.ClusterTests;

/// <summary>The same with slurmdbd, so that sacct answers.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class PrivateSlurmWithAccounting : PrivateSlurm
{
    /// <inheritdoc/>
    protected override bool Accounting => true;
}
