namespace PathosHpc.Examples;

/// <summary>What one block, or a whole problem, gives: the sums of the deviates, and how many pairs fell into each square annulus
/// (annulus l holds the pairs with l &lt;= max(|x|, |y|) &lt; l + 1).</summary>
internal sealed record EpSums(double SumX, double SumY, long[] Counts)
{
    /// <summary>Annuli that are counted.</summary>
    public const int Annuli = 10;

    /// <summary>Gaussian pairs in all annuli.</summary>
    public long Pairs => Counts.Sum();

    /// <summary>Adds blocks in the order of their numbers, so that the sums are equal to the last bit whatever pool computed them.</summary>
    public static EpSums Total(IEnumerable<EpSums> blocks)
    {
        double sumX = 0, sumY = 0;
        var counts = new long[Annuli];
        foreach (EpSums block in blocks)
        {
            sumX += block.SumX;
            sumY += block.SumY;
            for (int annulus = 0; annulus < Annuli; annulus++)
                counts[annulus] += block.Counts[annulus];
        }
        return new EpSums(sumX, sumY, counts);
    }
}
