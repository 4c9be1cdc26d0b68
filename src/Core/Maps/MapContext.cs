namespace PathosHpc;

/// <summary>What a function may know of the item that it computes and of the rank that computes it.</summary>
/// <example><code>double Estimate(Model m) => m.Sample(MapContext.Current!.Random);</code></example>
public sealed class MapContext
{
    private static readonly AsyncLocal<MapContext?> Ambient = new();
    private readonly ulong seed;
    private PhiloxRandom? random;
    private string[]? gpus;

    internal MapContext(int rank, int size, int localRank, int localSize, string node, ulong seed, CancellationToken cancellationToken)
    {
        (Rank, Size, LocalRank, LocalSize, Node) = (rank, size, localRank, localSize, node);
        this.seed = seed;
        CancellationToken = cancellationToken;
    }

    /// <summary>The context of the item that is being computed, or null outside a map.</summary>
    public static MapContext? Current
    {
        get => Ambient.Value;
        internal set => Ambient.Value = value;
    }

    /// <summary>Position of the item in the input, from 0.</summary>
    public long Index { get; private set; }

    /// <summary>Number of the rank (of the worker in pools without MPI), from 0.</summary>
    public int Rank { get; }

    /// <summary>Ranks (workers) in all.</summary>
    public int Size { get; }

    /// <summary>Name of the node.</summary>
    public string Node { get; }

    /// <summary>Number of this rank among the ranks on its node, from 0.</summary>
    public int LocalRank { get; }

    /// <summary>Ranks on this node.</summary>
    public int LocalSize { get; }

    /// <summary>The GPUs of this rank, as CUDA_VISIBLE_DEVICES or its like names them; empty when none was given.</summary>
    public IReadOnlyList<string> Gpus => gpus ??= VisibleGpus();

    /// <summary>Canceled when the map is canceled, has failed, or the item has taken longer than <see cref="MapOptions.ItemTimeout"/>.</summary>
    public CancellationToken CancellationToken { get; internal set; }

    /// <summary>A random stream that depends on <see cref="MapOptions.Seed"/> and <see cref="Index"/> alone, not on the rank or the pool.</summary>
    public Random Random => random ??= new PhiloxRandom(seed, (ulong)Index);

    /// <summary>Moves this context on to the item at <paramref name="index"/>, with a random stream of its own.</summary>
    internal void MoveTo(long index)
    {
        Index = index;
        random = null;
    }

    private static string[] VisibleGpus()
    {
        foreach (string name in (ReadOnlySpan<string>)["CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "ZE_AFFINITY_MASK"])
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value)
                return value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        }
        return [];
    }
}
