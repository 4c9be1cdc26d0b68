namespace PathosHpc.Examples;

/// <summary>The "embarrassingly parallel" kernel of the NAS benchmarks: Gaussian deviates by the polar method, summed and counted.
/// The pairs of a problem are cut into blocks of 2^16; a block depends on its number alone, which makes it an item of a map.</summary>
internal static class EpKernel
{
    private const ulong Seed = 271_828_183;

    /// <summary>Pairs of random numbers in one block.</summary>
    public const int PairsPerBlock = 1 << 16;

    /// <summary>Computes block number <paramref name="block"/>.</summary>
    public static EpSums Compute(int block)
    {
        var random = EpRandom.StartAt(Seed, 2UL * PairsPerBlock * (ulong)block);
        double sumX = 0, sumY = 0;
        var counts = new long[EpSums.Annuli];
        for (int pair = 0; pair < PairsPerBlock; pair++)
        {
            double x = (2 * random.Next()) - 1;
            double y = (2 * random.Next()) - 1;
            double square = (x * x) + (y * y);
            if (square > 1)
                continue;
            double scale = Math.Sqrt(-2 * Math.Log(square) / square);
            (x, y) = (x * scale, y * scale);
            counts[(int)Math.Max(Math.Abs(x), Math.Abs(y))]++;
            sumX += x;
            sumY += y;
        }
        return new EpSums(sumX, sumY, counts);
    }
}
