using System.Runtime.Versioning;

namespace PathosHpc.ClusterTests;

/// <summary>The tests of pools in jobs share one Slurm.</summary>
[CollectionDefinition(Name)]
[UnsupportedOSPlatform("windows")]
public sealed class LiveMapsCollection : ICollectionFixture<LiveSlurm>
{
    public const string Name = "live maps";
}
