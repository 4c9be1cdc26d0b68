using System.Runtime.Versioning;

namespace PathosHpc.ClusterTests;

/// <summary>The job of Slurm, behind ssh, that the tests of a class share.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class FarJobs : IAsyncLifetime
{
    private readonly PoolSshd sshd = new();
    private readonly Dictionary<int, ScheduledWorld> worlds = [];
    private SshHost? login;

    /// <summary>A pool on the job of so many ranks.</summary>
    internal MpiPool Pool(LiveSlurm slurm, int ranks)
    {
        login ??= sshd.Host(change: o => o with { Options = [$"SetEnv=SLURM_CONF={slurm.Host.Variables["SLURM_CONF"]}"] });
        if (!worlds.TryGetValue(ranks, out ScheduledWorld? world))
            worlds.Add(ranks, world = new ScheduledWorld(slurm.Options(MpiFlavor.OpenMpi, ranks, login), new StatisticsCollector()));
        return new MpiPool(_ => new SharedWorld(world));
    }

    public Task InitializeAsync() => sshd.InitializeAsync();

    public async Task DisposeAsync()
    {
        foreach (ScheduledWorld world in worlds.Values)
            await world.DisposeAsync();
        if (login is not null)
            await login.DisposeAsync();
        await sshd.DisposeAsync();
    }
}
