namespace PathosHpc.Benchmarks;

/// <summary>One column of the table: a kind of pool, on one MPI where it is a pool over MPI.</summary>
/// <param name="Name">What it is called on the command line and in the results.</param>
/// <param name="Workers">Workers, threads or ranks that compute.</param>
/// <param name="Mpiexec">The mpiexec that starts its ranks; null for pools without MPI.</param>
internal sealed record Contestant(string Name, int Workers, string? Mpiexec)
{
    /// <summary>All kinds that this machine can run; MPIs whose mpiexec is absent are named in <paramref name="absent"/>.</summary>
    public static IReadOnlyList<Contestant> Find(int workers, out IReadOnlyList<string> absent)
    {
        List<Contestant> found = [new("serial", 1, null), new("threads", workers, null), new("processes", workers, null)];
        List<string> missing = [];
        foreach (Mpi mpi in Mpi.Known)
        {
            if (mpi.Mpiexec is { } mpiexec)
                found.Add(new Contestant(mpi.Name, workers, mpiexec));
            else
                missing.Add($"{mpi.Name}: no {mpi.MpiexecName} on the PATH.");
        }
        absent = missing;
        return found;
    }

    /// <summary>A new pool of this kind.</summary>
    public Pool MakePool() => Name switch
    {
        "serial" => new SerialPool(),
        "threads" => new ThreadedPool(Workers),
        "processes" => new ProcessPool(Workers),
        _ => new MpiPool(new MpiPoolOptions { Ranks = Workers, Mpiexec = Mpiexec }),
    };
}
