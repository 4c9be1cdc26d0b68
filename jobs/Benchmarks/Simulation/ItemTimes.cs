namespace PathosHpc.Benchmarks;

/// <summary>How long items take: exponentially distributed around a mean, or all the same.</summary>
internal sealed class ItemTimes(double mean, bool isEven)
{
    private readonly Random random = new(7);

    /// <summary>Seconds of a run of items.</summary>
    public double Of(long first, int count)
    {
        _ = first;
        if (isEven)
            return mean * count;
        if (count > 64)
            return mean * (count + (Math.Sqrt(count) * Normal()));
        double sum = 0;
        for (int i = 0; i < count; i++)
            sum -= Math.Log(1 - random.NextDouble());
        return mean * sum;
    }

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
