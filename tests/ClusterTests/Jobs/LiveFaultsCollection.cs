using System.Runtime.Versioning;

namespace PathosHpc.ClusterTests;

/// <summary>The tests of what breaks in jobs share one Slurm.</summary>
[CollectionDefinition(Name)]
[UnsupportedOSPlatform("windows")]
public sealed class LiveFaultsCollection : ICollectionFixture<LiveSlurm>
{
    public const string Name = "live faults";
}
