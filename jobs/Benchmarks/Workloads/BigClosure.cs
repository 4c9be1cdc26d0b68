namespace PathosHpc.Benchmarks;

/// <summary>A function that captures a large array, which travels once to every worker.</summary>
internal sealed class BigClosure() : Workload("closure", "ms", "a map of 100 items whose function captures 80 MB of doubles")
{
    private readonly double[] captured = [.. Enumerable.Range(0, 10_000_000).Select(i => (double)i)];
    private readonly int[] input = [.. Enumerable.Range(0, 100)];

    public override async Task<double> MeasureAsync(Pool pool)
    {
        double[] large = captured;
        double[] results = [];
        double seconds = await MedianSecondsAsync(async () => results = await pool.MapAsync(i => large[i], input));
        if (results[63] != 63)
            throw new InvalidOperationException($"{Name} gave wrong results.");
        return seconds * 1e3;
    }
}
