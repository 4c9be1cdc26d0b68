namespace PathosHpc.Examples;

/// <summary>What the quickstart is to do.</summary>
internal sealed record QuickstartPlan(IReadOnlyList<EpClass> Classes, int Ranks, PoolKind Kind, string? Mpiexec)
{
    /// <summary>The pool in words.</summary>
    public string PoolName => Kind switch
    {
        PoolKind.Serial => "SerialPool",
        PoolKind.Threads => $"ThreadedPool of {Ranks} threads",
        PoolKind.Processes => $"ProcessPool of {Ranks} workers",
        _ => $"MpiPool of {Ranks} ranks",
    };

    /// <summary>Makes the pool: the one line that decides where the map runs.</summary>
    public Pool MakePool() => Kind switch
    {
        PoolKind.Serial => new SerialPool(),
        PoolKind.Threads => new ThreadedPool(Ranks),
        PoolKind.Processes => new ProcessPool(Ranks),
        _ => new MpiPool(new MpiPoolOptions { Ranks = Ranks, Mpiexec = Mpiexec }),
    };
}
