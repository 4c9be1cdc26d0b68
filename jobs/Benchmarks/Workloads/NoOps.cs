using System.Diagnostics;

namespace PathosHpc.Benchmarks;

/// <summary>Items that cost nothing: what remains is the price of dealing them.</summary>
internal sealed class NoOps(string name, string description, int items, MapOptions options) : Workload(name, "items/s", $"{items} {description}")
{
    private readonly int[] input = [.. Enumerable.Range(0, items)];

    public override async Task<double> MeasureAsync(Pool pool)
    {
        var watch = Stopwatch.StartNew();
        int[] results = await pool.MapAsync(static x => x, input, options);
        double seconds = watch.Elapsed.TotalSeconds;
        if (!results.AsSpan().SequenceEqual(input))
            throw new InvalidOperationException($"{Name} gave wrong results.");
        return items / seconds;
    }
}
