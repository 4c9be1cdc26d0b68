namespace PathosHpc;

/// <summary>How many items go to a rank at a time.</summary>
/// <remarks>Without a fixed size: as many as take about <see cref="TargetSeconds"/> by the measured time of the items, at most twice as many
/// as last time, and never more than a fair half of what is left, so that the last chunks end together (guided self-scheduling,
/// Polychronopoulos and Kuck, 1987). Where ranks are so many that one coordinator could not serve them all in that time, chunks take as much
/// longer, so that none waits for it.</remarks>
internal sealed class ChunkPolicy
{
    /// <summary>A chunk that takes longer than this is not dealt ahead: the wait for the next is nothing beside it, and it may be another rank's.</summary>
    private const double LongSeconds = 20e-3;

    private const double LeastSeconds = 20e-6;

    /// <summary>What automatic chunks take that go to another process.</summary>
    public const double UsualTargetSeconds = 2e-3;

    /// <summary>As many chunks of a size that the user fixed are dealt ahead at most.</summary>
    private const int MostBatched = 32;

    /// <summary>A first chunk whose size is a guess is at most one part in so many of a rank's share.</summary>
    private const int CautiousShare = 8;

    private const long MaxChunkBytes = 1 << 20;

    private double secondsPerItem = -1;
    private bool hasLearned;
    private int width = 1;

    /// <summary>What dealing a chunk and taking its results costs a coordinator, measured generously (<c>one-by-one</c> of the benchmark).</summary>
    public const double CoordinatorSeconds = 1.2e-6;

    /// <summary>A chunk that takes longer than this may be cut short, its items being another rank's sooner.</summary>
    /// <param name="ranks">Ranks that one coordinator serves.</param>
    public static double ReturnSeconds(int ranks) => Math.Max(LongSeconds, 4 * ranks * CoordinatorSeconds);

    /// <summary>Items a chunk, as the user fixed it; null for automatic sizes.</summary>
    public int? FixedSize { get; init; }

    /// <summary>Items that a chunk of automatic size has at least, since a rank computes as many at the same time.</summary>
    public int LeastSize { get; init; } = 1;

    /// <summary>Whether each rank has a fixed range of the input.</summary>
    public bool IsStatic { get; init; }

    /// <summary>How long an automatic chunk should take.</summary>
    public double TargetSeconds { get; init; } = UsualTargetSeconds;

    /// <summary>What an item is expected to take; 0 when nothing is known. Taken for true until the first result comes, though not trusted with more than a
    /// part of the items: a chunk that was sized by it may be as wrong as it is.</summary>
    public double ExpectedSeconds
    {
        get;
        init => (field, secondsPerItem) = (value, value > 0 ? value : -1);
    }

    /// <summary>What an item takes, by the last results; null before the first.</summary>
    public double? SecondsPerItem => hasLearned ? secondsPerItem : null;

    /// <summary>Whether a rank may give back what takes longer than expected.</summary>
    public bool MayReturn => FixedSize is null && !IsStatic;

    /// <summary>A root that computes looks up every two milliseconds, and now and then later: chunks that are shorter than this may end before the answer to
    /// the one ahead of them has been seen.</summary>
    private const double UnansweredSeconds = 4e-3;

    /// <summary>Chunks that a rank has at a time: one to compute, one to follow without a wait once they are known to be short, and another where
    /// both may have been computed before anybody hears of it.</summary>
    public int Depth
    {
        get
        {
            double chunk = secondsPerItem * (FixedSize ?? Typical);
            return secondsPerItem < 0 || chunk >= ReturnSeconds(width) ? 1 : FixedSize is null && chunk < UnansweredSeconds ? 3 : 2;
        }
    }

    /// <summary>Chunks that a link has at a time which batches them for <paramref name="seconds"/>: never many by the clock, nor by what is left for others.</summary>
    public int BatchDepth(double seconds, long remaining)
    {
        int depth = Depth;
        if (FixedSize is not { } size || depth < 2)
            return depth;
        double chunks = Math.Min(seconds / Math.Max(secondsPerItem * size, 1e-9), remaining / (2L * width * size));
        return (int)Math.Clamp(chunks, depth, MostBatched);
    }

    /// <summary>Bytes of a chunk, where the user has not fixed its size. Shares are dealt in pieces of that length: a rank computes the first while the next travel.</summary>
    public long MaxBytes => FixedSize is null ? MaxChunkBytes : long.MaxValue;

    /// <summary>The size that chunks have now if there is enough left; for sizing what is sent ahead.</summary>
    public int Typical { get; private set; } = 1;

    public int NextSize(LinkShare share, long remaining, int totalWidth)
    {
        width = totalWidth;
        if (FixedSize is { } size)
            return size;
        if (IsStatic)
            return int.MaxValue;
        double round = totalWidth * CoordinatorSeconds;
        double byTime = secondsPerItem < 0 ? 1 : Math.Max(TargetSeconds, 2 * round) / Math.Max(secondsPerItem, 1e-9);
        long first = ExpectedSeconds > 0 ? remaining / (CautiousShare * totalWidth) : 1;
        int grown = (int)Math.Clamp(byTime, 1, Math.Clamp(share.LastChunk > 0 ? 2L * share.LastChunk : first, 2, 1 << 24));
        Typical = grown;
        long half = (remaining + 2L * totalWidth - 1) / (2L * totalWidth);
        double least = secondsPerItem < 0 ? 1 : Math.Max(LeastSeconds, round) / Math.Max(secondsPerItem, 1e-9);
        return (int)Math.Max(LeastSize, Math.Min(grown, Math.Max(half, Math.Min(least, half * 4))));
    }

    /// <summary>Items that <paramref name="width"/> ranks may compute within <paramref name="seconds"/>, by what is known of them.</summary>
    /// <param name="seconds">For so long.</param>
    /// <param name="width">How many.</param>
    /// <param name="most">No more than that.</param>
    public long ItemsWithin(double seconds, int width, long most = 1 << 20) =>
        secondsPerItem < 0 ? 64L * width : (long)Math.Min(width * seconds / Math.Max(secondsPerItem, 1e-7), most);

    /// <summary>Learns from a run of <paramref name="count"/> items that took <paramref name="nanoseconds"/>.</summary>
    public void Learn(int count, long nanoseconds)
    {
        double seconds = nanoseconds * 1e-9 / count;
        (secondsPerItem, hasLearned) = (hasLearned ? (secondsPerItem + seconds) / 2 : seconds, true);
    }
}
