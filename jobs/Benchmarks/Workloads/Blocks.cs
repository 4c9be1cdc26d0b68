namespace PathosHpc.Benchmarks;

/// <summary>Large items: 64 blocks of 1 MiB of doubles, there and back.</summary>
internal sealed class Blocks() : Workload("blocks", "MiB/s", "64 blocks of 1 MiB of doubles, there and back (128 MiB in all)")
{
    private const int Count = 64, DoublesEach = (1 << 20) / sizeof(double);
    private readonly double[][] input = [.. Enumerable.Range(0, Count).Select(i => Enumerable.Repeat((double)i, DoublesEach).ToArray())];

    public override async Task<double> MeasureAsync(Pool pool)
    {
        double[][] results = [];
        double seconds = await MedianSecondsAsync(async () => results = await pool.MapAsync(static block => block, input));
        if (results.Length != Count || !results[^1].AsSpan().SequenceEqual(input[^1]))
            throw new InvalidOperationException($"{Name} gave wrong results.");
        return 2 * Count / seconds;
    }
}
