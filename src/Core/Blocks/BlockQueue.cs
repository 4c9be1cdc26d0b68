namespace PathosHpc;

/// <summary>Takes items that came as blocks over a link.</summary>
internal sealed class BlockQueue(long? total) : ItemSource
{
    private readonly Queue<Block> blocks = new();
    private Block? head;
    private int headTaken;
    private long available;

    public override long? Total => total;

    public override long Available => available;

    /// <summary>Adds items. Under the lock of the one who drives the coordinator.</summary>
    public void Add(Block block)
    {
        lock (blocks)
        {
            blocks.Enqueue(block);
            available += block.Count;
        }
    }

    public override Block? TryTake(int maxItems, long maxBytes)
    {
        lock (blocks)
        {
            if (head is null && !blocks.TryDequeue(out head))
                return null;
            int count = Math.Min(maxItems, head.Count - headTaken);
            if (head.Bytes > maxBytes)
                count = Math.Min(count, head.Slice(head.First + headTaken, head.Count - headTaken).CountWithin(maxBytes));
            Block taken = head.Slice(head.First + headTaken, count);
            available -= count;
            headTaken += count;
            if (headTaken == head.Count)
                (head, headTaken) = (null, 0);
            return taken;
        }
    }
}
