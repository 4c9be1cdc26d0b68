using System.Runtime.Versioning;
using PathosHpc.Tests;

namespace PathosHpc.ClusterTests;

/// <summary>The jobs that the tests of a class share, by their number of ranks.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class SharedJobs : IAsyncLifetime
{
    private readonly Dictionary<int, ScheduledWorld> worlds = [];

    /// <summary>A pool on the job of so many ranks.</summary>
    internal MpiPool Pool(LiveSlurm slurm, MpiFlavor flavor, int ranks)
    {
        if (!worlds.TryGetValue(ranks, out ScheduledWorld? world))
            worlds.Add(ranks, world = new ScheduledWorld(slurm.Options(flavor, ranks), new StatisticsCollector()));
        return new MpiPool(_ => new SharedWorld(world));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (ScheduledWorld world in worlds.Values)
            await world.DisposeAsync();
    }
}

/// <summary>The contract of every pool, kept by the ranks of a job of Slurm that MPICH started.</summary>
[Collection(LiveMapsCollection.Name)]
[UnsupportedOSPlatform("windows")]
public sealed class MpichJobPoolTests(LiveSlurm slurm, SharedJobs jobs) : PoolContract, IClassFixture<SharedJobs>
{
    protected override Pool NewPool(int size = 2) => jobs.Pool(slurm, MpiFlavor.Mpich, size);
}

/// <summary>The contract of every pool, kept by the ranks of a job of Slurm that Open MPI started.</summary>
[Collection(LiveMapsCollection.Name)]
[UnsupportedOSPlatform("windows")]
public sealed class OpenMpiJobPoolTests(LiveSlurm slurm, SharedJobs jobs) : PoolContract, IClassFixture<SharedJobs>
{
    protected override Pool NewPool(int size = 2) => jobs.Pool(slurm, MpiFlavor.OpenMpi, size);
}
