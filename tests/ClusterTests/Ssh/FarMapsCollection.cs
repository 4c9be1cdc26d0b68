using System.Runtime.Versioning;

namespace PathosHpc.ClusterTests;

/// <summary>The tests of pools in jobs that ssh alone reaches share one Slurm.</summary>
[CollectionDefinition(Name)]
[UnsupportedOSPlatform("windows")]
public sealed class FarMapsCollection : ICollectionFixture<LiveSlurm>
{
    public const string Name = "far maps";
}
