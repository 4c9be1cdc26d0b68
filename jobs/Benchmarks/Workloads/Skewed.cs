namespace PathosHpc.Benchmarks;

/// <summary>A load whose long items come first: the share of the ideal that default options reach.</summary>
internal sealed class Skewed() : Workload("skewed", "%", "of the ideal: 100 items of 2 ms, then 3900 of 50 us, with default options, median of 15")
{
    private const double Long = 2000, Short = 50;
    private readonly double[] input = [.. Enumerable.Repeat(Long, 100), .. Enumerable.Repeat(Short, 3900)];

    public override async Task<double> MeasureAsync(Pool pool)
    {
        Task MapAsync(double[] items) => pool.MapAsync(static microseconds => Busy.Wait(microseconds), items);
        double seconds = await MedianSecondsAsync(() => MapAsync(input), () => MapAsync(input[^100..]), repeats: 15);
        return 100 * input.Sum() / 1e6 / pool.Size / seconds;
    }
}
