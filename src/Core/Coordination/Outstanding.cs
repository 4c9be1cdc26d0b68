namespace PathosHpc;

/// <summary>The items that a link has been given for one map and has not answered yet.
/// They are kept so that they can be dealt again if the link is lost.</summary>
internal sealed class Outstanding
{
    private readonly List<Entry> entries = [];

    /// <summary>Items not answered yet.</summary>
    public long Items { get; private set; }

    /// <summary>Bytes of the blocks that are not wholly answered.</summary>
    public long Bytes { get; private set; }

    /// <summary>Blocks that are not wholly answered.</summary>
    public int Chunks => entries.Count;

    public void Add(Block block)
    {
        int at = entries.Count;
        while (at > 0 && entries[at - 1].Block.First > block.First)
            at--;
        entries.Insert(at, new Entry(block));
        Items += block.Count;
        Bytes += block.Bytes;
    }

    /// <summary>Takes [first, first + count) off, which was answered.</summary>
    /// <returns>Whether all of it was outstanding; if not, nothing has changed.</returns>
    public bool TryComplete(long first, int count)
    {
        int at = Find(first);
        BlockMemory? memory = at < 0 ? null : (entries[at].Block as EncodedBlock)?.Values.Memory;
        if (!TryTakeOff(at, first, count))
            return false;
        memory?.Release(count);
        return true;
    }

    private bool TryTakeOff(int at, long first, int count)
    {
        if (at < 0 || !entries[at].TryMark(first, count))
            return false;
        Items -= count;
        if (entries[at].Remaining == 0)
        {
            Bytes -= entries[at].Block.Bytes;
            entries.RemoveAt(at);
        }
        return true;
    }

    /// <summary>Takes [first, first + count) off and gives its items back. They may come again before the rest of their block is answered.</summary>
    public Block? TryTakeBack(long first, int count)
    {
        int at = Find(first);
        if (at < 0)
            return null;
        Entry entry = entries[at];
        if (!TryTakeOff(at, first, count))
            return null;
        if (entry.Remaining > 0)
        {
            Block[] rest = [.. entry.Undone()];
            entries.RemoveAt(at);
            entries.InsertRange(at, rest.Select(b => new Entry(b)));
            Bytes += rest.Sum(b => b.Bytes) - entry.Block.Bytes;
        }
        return entry.Block.Slice(first, count);
    }

    /// <summary>What has not been answered, in runs of consecutive items.</summary>
    public IEnumerable<Block> Undone() => entries.SelectMany(e => e.Undone());

    private int Find(long index)
    {
        int low = 0, high = entries.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            Block block = entries[middle].Block;
            if (index < block.First)
                high = middle - 1;
            else if (index >= block.End)
                low = middle + 1;
            else
                return middle;
        }
        return -1;
    }

    private sealed class Entry(Block block)
    {
        private ulong[]? done;

        public Block Block { get; } = block;

        public int Remaining { get; private set; } = block.Count;

        public bool TryMark(long first, int count)
        {
            if (first < Block.First || count < 1 || first + count > Block.End)
                return false;
            int from = (int)(first - Block.First);
            if (count == Block.Count && done is null)
            {
                Remaining = 0;
                return true;
            }
            done ??= new ulong[(Block.Count + 63) >> 6];
            int firstWord = from >> 6, lastWord = (from + count - 1) >> 6;
            for (int word = firstWord; word <= lastWord; word++)
            {
                if ((done[word] & Mask(word)) != 0)
                    return false;
            }
            for (int word = firstWord; word <= lastWord; word++)
                done[word] |= Mask(word);
            Remaining -= count;
            return true;

            // Of the 64 items of a word, those from the first to the last.
            ulong Mask(int word) => (word == firstWord ? ulong.MaxValue << from : ulong.MaxValue) & (word == lastWord ? ulong.MaxValue >> (63 - ((from + count - 1) & 63)) : ulong.MaxValue);
        }

        public IEnumerable<Block> Undone()
        {
            for (int i = 0; i < Block.Count; i++)
            {
                if (IsDone(i))
                    continue;
                int from = i;
                while (i < Block.Count && !IsDone(i))
                    i++;
                yield return Block.Slice(Block.First + from, i - from);
            }
        }

        private bool IsDone(int i) => done is not null && (done[i >> 6] & (1ul << (i & 63))) != 0;
    }
}
