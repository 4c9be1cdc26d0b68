using System.Diagnostics;

namespace PathosHpc.Benchmarks;

/// <summary>Items that cost nothing: what remains is the price of dealing them.</summary>
internal sealed class NoOps(string name, string description, int items, MapOptions options) : Workload(name, "items/s", $"{items} {description}")
{
    /// <summary>Maps of which the median counts, as in the program in C.</summary>
    private const int Repeats = 5;

    private readonly int[] input = [.. Enumerable.Range(0, items)];

    public override async Task<double> MeasureAsync(Pool pool)
    {
        var seconds = new double[Repeats];
        for (int repeat = 0; repeat < Repeats; repeat++)
        {
            var watch = Stopwatch.StartNew();
            int[] results = await pool.MapAsync(static x => x, input, options);
            seconds[repeat] = watch.Elapsed.TotalSeconds;
            if (!results.AsSpan().SequenceEqual(input))
                throw new InvalidOperationException($"{Name} gave wrong results.");
        }
        return items / seconds.Order().ElementAt(Repeats / 2);
    }
}
