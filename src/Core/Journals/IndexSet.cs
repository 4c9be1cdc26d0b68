namespace PathosHpc;

/// <summary>A set of indices that come in runs.</summary>
internal sealed class IndexSet
{
    private readonly List<(long First, long End)> runs = [];

    public long Count { get; private set; }

    /// <summary>Adds [first, first + count), and gives the parts of it that were not there.</summary>
    public IReadOnlyList<(long First, int Count)> Add(long first, int count)
    {
        long end = first + count;
        int from = Search(first), to = from;
        var news = new List<(long, int)>();
        long at = first, low = first, high = end;
        for (; to < runs.Count && runs[to].First <= end; to++)
        {
            if (at < runs[to].First)
                news.Add((at, (int)(runs[to].First - at)));
            at = Math.Max(at, runs[to].End);
            (low, high) = (Math.Min(low, runs[to].First), Math.Max(high, runs[to].End));
        }
        if (at < end)
            news.Add((at, (int)(end - at)));
        if (to == from + 1)
        {
            runs[from] = (low, high);
        }
        else
        {
            runs.RemoveRange(from, to - from);
            runs.Insert(from, (low, high));
        }
        Count += news.Sum(part => (long)part.Item2);
        return news;
    }

    /// <summary>The first run that ends at <paramref name="index"/> or behind it.</summary>
    private int Search(long index)
    {
        int low = 0, high = runs.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (runs[middle].End < index)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
