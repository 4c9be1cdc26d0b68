namespace PathosHpc;

/// <summary>Maps a function over many inputs. Which pool it is decides where: <see cref="SerialPool"/> in this thread,
/// <see cref="ThreadedPool"/> on this process's threads, <see cref="ProcessPool"/> in worker processes on this machine, <c>MpiPool</c> on
/// the ranks of an MPI job. All pools keep the same promises: results in order where order is asked for, every failure as an exception,
/// no wait without an end, and nothing left behind after <see cref="DisposeAsync"/>.</summary>
/// <example><code>
/// await using var pool = new ProcessPool();
/// double[] energies = await pool.MapAsync(Relax, structures);
/// await foreach (var (index, energy) in pool.MapUnorderedAsync(Relax, structures)) Console.WriteLine($"{index}: {energy}");
/// </code></example>
/// <remarks>Inputs are read lazily and may be infinite in the two streaming maps. Sequences of unequal length are zipped to the shortest.
/// A pool may run several maps at once, and is safe to use from several threads.</remarks>
public abstract partial class Pool : IAsyncDisposable
{
    private protected Pool() { }

    /// <summary>Ranks, workers or threads that compute items.</summary>
    public abstract int Size { get; }

    /// <summary>What each rank of this pool has computed so far.</summary>
    public abstract PoolStatistics Statistics { get; }

    /// <summary>Ends the maps that still run (they throw <see cref="ObjectDisposedException"/>) and everything that this pool started:
    /// processes, sockets, files. Safe to call more than once.</summary>
    public abstract ValueTask DisposeAsync();

}
