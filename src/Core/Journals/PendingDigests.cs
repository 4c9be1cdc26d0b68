namespace PathosHpc;

/// <summary>The digests of items whose results have not come yet.</summary>
internal sealed class PendingDigests
{
    private const int PageSize = 1024;
    private readonly Dictionary<long, Page> pages = [];
    private readonly Lock gate = new();
    private Page? last;
    private long lastNumber = -1;

    public void Add(long index, ulong digest)
    {
        lock (gate)
        {
            long number = index / PageSize;
            if (number != lastNumber || last is null)
            {
                if (!pages.TryGetValue(number, out last))
                    pages[number] = last = new Page();
                lastNumber = number;
            }
            last.Digests[index % PageSize] = digest;
            last.Count++;
        }
    }

    /// <summary>Takes the digests of the items from <paramref name="first"/> on.</summary>
    public void Take(long first, Span<ulong> digests)
    {
        lock (gate)
        {
            while (!digests.IsEmpty)
            {
                Page page = pages[first / PageSize];
                int from = (int)(first % PageSize), count = Math.Min(PageSize - from, digests.Length);
                page.Digests.AsSpan(from, count).CopyTo(digests);
                page.Count -= count;
                if (page.Count == 0)
                    Drop(first / PageSize);
                first += count;
                digests = digests[count..];
            }
        }
    }

    private void Drop(long number)
    {
        pages.Remove(number);
        if (number == lastNumber)
            last = null;
    }

    private sealed class Page
    {
        public ulong[] Digests { get; } = new ulong[PageSize];

        public int Count { get; set; }
    }
}
