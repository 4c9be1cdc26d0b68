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
        new NoOps("one-by-one", "no-op items, dealt one by one", quick ? 20_000 : 500_000, new MapOptions { ChunkSize = 1 }),
        new NoOps("chunked", "no-op items, in chunks of 1000", quick ? 1_000_000 : 10_000_000, new MapOptions { ChunkSize = 1000 }),
        new NoOps("automatic", "no-op items, in chunks as the pool chooses", quick ? 1_000_000 : 10_000_000, new MapOptions()),
        new Records(quick ? 20_000 : 300_000),
        new NoOps("scattered", "no-op items, scattered and gathered in one pass", quick ? 1_000_000 : 10_000_000, new MapOptions { Strategy = MapStrategy.ScatterGather }),
        new Granularity("metg-50", "dealt one by one", new MapOptions { ChunkSize = 1 }, quick),
        new Granularity("metg-50-automatic", "in chunks as the pool chooses", new MapOptions(), quick),
        new OneItem("one-item", "median", quick ? 50 : 500, 0.5, TimeSpan.Zero),
        new OneItem("one-item-p99", "99th percentile", quick ? 50 : 500, 0.99, TimeSpan.Zero),
        new OneItem("one-item-idle", "each after 5 s of nothing, median", quick ? 1 : 3, 0.5, TimeSpan.FromSeconds(5)),
        new Blocks(),
        new BigClosure(),
        new Skewed(),
        new Growth("growth", "dealt one by one", new MapOptions { ChunkSize = 1 }, quick),
        new Growth("growth-automatic", "in chunks as the pool chooses", new MapOptions(), quick),
    ];
}
