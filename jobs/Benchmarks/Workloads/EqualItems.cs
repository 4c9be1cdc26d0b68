namespace PathosHpc.Benchmarks;

/// <summary>Items that all take the same time, in chunks as the pool chooses.</summary>
internal sealed class EqualItems(int items, double microseconds) : Workload("equal items", "items/s", $"{items} items of {microseconds} us")
{
    private readonly double[] input = [.. Enumerable.Repeat(microseconds, items)];

    public override async Task<double> MeasureAsync(Pool pool) => items / await MedianSecondsAsync(() => pool.MapAsync(static microseconds => Busy.Wait(microseconds), input), repeats: 3);
}
