using System.Runtime.Versioning;
using PathosHpc.Tests;

namespace PathosHpc.ClusterTests;

/// <summary>The contract of every pool, kept by the ranks of a job of Slurm that only ssh reaches.</summary>
[Collection(FarMapsCollection.Name)]
[UnsupportedOSPlatform("windows")]
public sealed class FarJobPoolTests(LiveSlurm slurm, FarJobs jobs) : PoolContract, IClassFixture<FarJobs>
{
    protected override Pool NewPool(int size = 2) => jobs.Pool(slurm, size);
}
