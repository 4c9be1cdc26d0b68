namespace PathosHpc.Benchmarks;

/// <summary>Items that cost nothing: what remains is the price of dealing them.</summary>
/// <param name="repeats">Maps of which the median counts: five in the program in C.</param>
internal sealed class NoOps(string name, string description, int items, MapOptions options, int repeats = 5) : Workload(name, "items/s", $"{items} {description}")
{
    private readonly int[] input = [.. Enumerable.Range(0, items)];

    public override async Task<double> MeasureAsync(Pool pool)
    {
        int[] results = [];
        double seconds = await MedianSecondsAsync(async () => results = await pool.MapAsync(static x => x, input, options), repeats: repeats);
        if (!results.AsSpan().SequenceEqual(input))
            throw new InvalidOperationException($"{Name} gave wrong results.");
        return items / seconds;
    }
}
