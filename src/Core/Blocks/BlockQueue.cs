namespace PathosHpc;

/// <summary>Takes items that came as blocks over a link.</summary>
internal sealed class BlockQueue(long? total) : ItemSource
{
    private readonly Queue<Block> blocks = new();
    private Block? head;
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
            Block block = head;
            int count = Math.Min(maxItems, block.CountWithin(maxBytes));
            available -= count;
            head = count == block.Count ? null : block.Slice(block.First + count, block.Count - count);
            return count == block.Count ? block : block.Slice(block.First, count);
        }
    }
}
