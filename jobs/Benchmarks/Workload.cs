using System.Diagnostics;

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

    private const int ShortMaps = 200;

    /// <summary>How long to map before what is measured: the runtime compiles what is used much better once, on threads of its own, beside the first maps.</summary>
    public TimeSpan WarmUp { get; init; }

    /// <summary>The median seconds of a map that is repeated, as the programs in C repeat theirs, after maps of the same kind for <see cref="WarmUp"/>.</summary>
    /// <param name="map">The map.</param>
    /// <param name="shortMap">A short one of the same function, see <see cref="WarmUpAsync"/>.</param>
    /// <param name="repeats">How many maps.</param>
    protected async Task<double> MedianSecondsAsync(Func<Task> map, Func<Task>? shortMap = null, int repeats = 5)
    {
        await WarmUpAsync(map, shortMap);
        var seconds = new double[repeats];
        for (int repeat = 0; repeat < repeats; repeat++)
        {
            long began = Stopwatch.GetTimestamp();
            await map();
            seconds[repeat] = Stopwatch.GetElapsedTime(began).TotalSeconds;
        }
        return Figures.Quantile(seconds, 0.5);
    }

    /// <summary>Maps for <see cref="WarmUp"/>, after <see cref="ShortMaps"/> short maps where there are such: what a map does once is compiled again after 30 and
    /// after 60 maps, on threads that take a core from the maps that are then running, and long maps would take too long to get there.</summary>
    protected async Task WarmUpAsync(Func<Task> map, Func<Task>? shortMap = null)
    {
        if (shortMap is not null && WarmUp > TimeSpan.Zero)
        {
            for (int i = 0; i < ShortMaps; i++)
                await shortMap();
        }
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < WarmUp;)
            await map();
    }

    /// <summary>How long rows of throughput are warmed up.</summary>
    public static TimeSpan WarmUpOf(bool quick) => quick ? TimeSpan.Zero : TimeSpan.FromSeconds(3);

    /// <summary>Measures once.</summary>
    public abstract Task<double> MeasureAsync(Pool pool);

    /// <summary>The rows of the table that are measured on a pool, small ones in quick mode.</summary>
    public static IReadOnlyList<Workload> All(bool quick)
    {
        TimeSpan warm = WarmUpOf(quick);
        return
        [
            new NoOps("one-by-one", "no-op items, dealt one by one", quick ? 20_000 : 500_000, new MapOptions { ChunkSize = 1 }) { WarmUp = warm },
            new NoOps("chunked", "no-op items, in chunks of 1000", quick ? 1_000_000 : 10_000_000, new MapOptions { ChunkSize = 1000 }) { WarmUp = warm },
            new NoOps("automatic", "no-op items, in chunks as the pool chooses", quick ? 1_000_000 : 10_000_000, new MapOptions()) { WarmUp = warm },
            new Records(quick ? 20_000 : 300_000) { WarmUp = 2 * warm },
            new NoOps("scattered", "no-op items, scattered and gathered in one pass", quick ? 1_000_000 : 10_000_000, new MapOptions { Strategy = MapStrategy.ScatterGather }) { WarmUp = warm },
            new Granularity("metg-50", "dealt one by one", new MapOptions { ChunkSize = 1 }, quick) { WarmUp = warm },
            new Granularity("metg-50-automatic", "in chunks as the pool chooses", new MapOptions(), quick) { WarmUp = warm },
            new OneItem("one-item", "median", quick ? 50 : 500, 0.5, TimeSpan.Zero) { WarmUp = warm },
            new OneItem("one-item-p99", "99th percentile", quick ? 50 : 500, 0.99, TimeSpan.Zero) { WarmUp = warm },
            new OneItem("one-item-idle", "each after 5 s of nothing, median", quick ? 1 : 7, 0.5, TimeSpan.FromSeconds(5)) { WarmUp = warm },
            new Blocks() { WarmUp = warm },
            new BigClosure() { WarmUp = warm },
            new Skewed() { WarmUp = warm },
            new Growth("growth", "dealt one by one", new MapOptions { ChunkSize = 1 }, quick) { WarmUp = warm },
            new Growth("growth-automatic", "in chunks as the pool chooses", new MapOptions(), quick) { WarmUp = warm },
        ];
    }
}
