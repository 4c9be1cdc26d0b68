namespace PathosHpc.Benchmarks;

/// <summary>One row of the table: something that is measured on a warm pool.</summary>
internal abstract class Workload(string name, string unit, string description)
{
    /// <summary>What it is called on the command line and in the results.</summary>
    public string Name { get; } = name;

    /// <summary>Unit of its figures.</summary>
    public string Unit { get; } = unit;

    /// <summary>What is measured, in a sentence.</summary>
    public string Description { get; } = description;

    /// <summary>Whether figures of this contestant mean anything.</summary>
    public virtual bool AppliesTo(Contestant contestant) => true;

    /// <summary>Measures once.</summary>
    public abstract Task<double> MeasureAsync(Pool pool);

    /// <summary>The rows of the table that are measured on a pool, small ones in quick mode.</summary>
    public static IReadOnlyList<Workload> All(bool quick) =>
    [
        new NoOps("one-by-one", "no-op items, dealt one by one", quick ? 20_000 : 200_000, new MapOptions { ChunkSize = 1 }),
        new NoOps("chunked", "no-op items, in chunks of 1000", quick ? 1_000_000 : 10_000_000, new MapOptions { ChunkSize = 1000 }),
        new NoOps("automatic", "no-op items, in chunks as the pool chooses", quick ? 1_000_000 : 10_000_000, new MapOptions()),
        new NoOps("scattered", "no-op items, scattered and gathered in one pass", quick ? 1_000_000 : 10_000_000, new MapOptions { Strategy = MapStrategy.ScatterGather }),
        new Granularity(quick),
        new OneItem(quick ? 50 : 500),
        new Blocks(),
        new BigClosure(),
    ];
}
