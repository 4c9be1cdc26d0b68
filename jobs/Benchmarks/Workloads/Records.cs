namespace PathosHpc.Benchmarks;

/// <summary>Items that are objects of several fields, in chunks as the pool chooses.</summary>
internal sealed class Records(int items) : Workload("records", "items/s", $"{items} records of an int, a string and four doubles, there and back")
{
    private readonly Record[] input = [.. Enumerable.Range(0, items).Select(i => new Record(i, $"record {i}", [i, i + 1, i + 2, i + 3]))];

    public override async Task<double> MeasureAsync(Pool pool)
    {
        Record[] results = [];
        double seconds = await MedianSecondsAsync(async () => results = await pool.MapAsync(static record => record, input));
        if (results[^1].Name != input[^1].Name)
            throw new InvalidOperationException($"{Name} gave wrong results.");
        return items / seconds;
    }
}
