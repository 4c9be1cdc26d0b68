namespace PathosHpc;

/// <summary>Which items a rank owns when they are dealt out statically: runs of consecutive items whose counts differ by at most one,
/// the longer ones first.</summary>
internal static class WorkPartition
{
    /// <summary>The first index that <paramref name="rank"/> of <paramref name="size"/> owns; for rank = size, the total.</summary>
    public static long Start(int rank, int size, long total)
    {
        long each = total / size, longer = total % size;
        return rank * each + Math.Min(rank, longer);
    }

    /// <summary>The rank that owns <paramref name="index"/>.</summary>
    public static int Owner(long index, int size, long total)
    {
        long each = total / size, longer = total % size, inLonger = longer * (each + 1);
        return (int)(index < inLonger ? index / (each + 1) : longer + (index - inLonger) / each);
    }
}
