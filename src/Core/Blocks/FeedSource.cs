using System.Diagnostics;

namespace PathosHpc;

/// <summary>Takes items that a feeder reads ahead from any enumerable, on a thread of its own, no further than is wanted.</summary>
/// <remarks>The feeder pauses when it is far enough ahead, and goes on when the coordinator has taken some.</remarks>
internal sealed class FeedSource<T> : ItemSource
{
    /// <summary>Bytes that are read ahead at most, beyond one item.</summary>
    private const long ReadAheadBytes = 32 << 20;

    /// <summary>Bytes at which a chunk is handed over even when its fixed size is not reached.</summary>
    private const long LargestChunkBytes = 1L << 29;

    /// <summary>Items that are read at most before room is looked for again.</summary>
    private const int ReadAtOnce = 1024;

    /// <summary>An item that is longer than this makes the feeder look for room again.</summary>
    private const int LongItemBytes = 1024;

    private readonly Lock gate = new();
    private readonly LinkedList<Block> blocks = [];
    private readonly int? chunkSize;
    private readonly Func<long, long> lookAhead;
    private readonly Action resume;
    private readonly Action<Exception, long> failed;
    private readonly Action<long> ended;
    private readonly Action<JournalException> refused;
    private readonly Lock adding = new();
    private readonly ManualResetEventSlim room = new(true);
    private readonly FeedBatch<T> batch;
    private readonly Timer overdue;
    private long available, availableBytes, read;
    private long handedOver, mayRead;
    private long wanted = 64;
    private long? total;
    private long skipped, skipping;
    private bool isUntold;
    private volatile bool stopped, starving, isTimed;

    /// <param name="encode">Whether blocks are to be encoded.</param>
    /// <param name="chunkSize">A size that blocks should be multiples of.</param>
    /// <param name="lookAhead">How many items may be read beyond the number given; less than 1 for none now.</param>
    /// <param name="resume">Called when items came, or the end.</param>
    /// <param name="failed">Called when the enumerator threw or an item cannot be encoded, with the number of items before it.</param>
    /// <param name="ended">Called at the end of the input, with the number of items.</param>
    /// <param name="refused">Called when an item is not what a journal says it was.</param>
    public FeedSource(bool encode, int? chunkSize, Func<long, long> lookAhead, Action resume, Action<Exception, long> failed, Action<long> ended, Action<JournalException> refused)
    {
        (this.chunkSize, this.lookAhead, this.resume, this.failed, this.ended, this.refused) = (chunkSize, lookAhead, resume, failed, ended, refused);
        batch = new FeedBatch<T>(encode);
        overdue = new Timer(static source => ((FeedSource<T>)source!).HandOverOverdue(), this, Timeout.Infinite, Timeout.Infinite);
    }

    public override long? Total
    {
        get
        {
            lock (gate)
                return total;
        }
    }

    public override long Available
    {
        get
        {
            lock (gate)
                return available;
        }
    }

    /// <summary>Looks at each item before it is dealt; null deals all.</summary>
    public InputGate<T>? InputGate { get; init; }

    /// <summary>Items in all, where that is known before they are read.</summary>
    public long? KnownTotal
    {
        init
        {
            total = value;
            skipping = value is { } count ? InputGate?.DoneBelow(count) ?? 0 : 0;
        }
    }

    public override long Skipped => Interlocked.Read(ref skipped);

    public override long Remaining(long taken) => Total is { } count ? count - taken - Math.Max(skipping, Skipped) : Available;

    /// <summary>Starts to read.</summary>
    public void Start(IEnumerable<T> items) =>
        new Thread(() => Feed(items)) { IsBackground = true, Name = "pathos input" }.Start();

    /// <summary>Ends reading before the next item.</summary>
    public void Stop()
    {
        stopped = true;
        room.Set();
    }

    public override void Wake() => room.Set();

    public override Block? TryTake(int maxItems, long maxBytes)
    {
        lock (gate)
        {
            wanted = Math.Max(wanted, Math.Min(2L * maxItems, 1 << 22));
            room.Set();
            if (blocks.Count == 0)
                TakeBatch();
            if (blocks.First is not { } node)
                return null;
            Block block = node.Value;
            int count = Math.Min(maxItems, block.CountWithin(maxBytes));
            blocks.RemoveFirst();
            available -= count;
            availableBytes -= block.Bytes;
            if (count == block.Count)
                return block;
            Block rest = block.Slice(block.First + count, block.Count - count);
            blocks.AddFirst(rest);
            availableBytes += rest.Bytes;
            return block.Slice(block.First, count);
        }
    }

    /// <summary>Takes what was read and not handed over, since the enumerator may keep the feeder waiting; the feeder hands it over itself
    /// when it is just adding to it. Under the gate.</summary>
    private void TakeBatch()
    {
        starving = true;
        if (!adding.TryEnter())
            return;
        try
        {
            MoveWholeChunks();
        }
        finally
        {
            adding.Exit();
        }
    }

    /// <summary>Makes a block of what was read unless a chunk is only begun. Under both locks.</summary>
    private bool MoveWholeChunks() => batch.Count % (chunkSize ?? 1) == 0 && MoveBatch();

    /// <summary>The enumerator keeps the feeder waiting, and workers wait for what it read before.</summary>
    private void HandOverOverdue()
    {
        bool any;
        lock (gate)
        {
            lock (adding)
            {
                isTimed = false;
                any = starving && MoveWholeChunks();
            }
        }
        if (any)
            resume();
    }

    /// <summary>Makes a block of what was read. Under both locks.</summary>
    /// <returns>Whether there was anything.</returns>
    private bool MoveBatch()
    {
        if (batch.Count == 0)
            return false;
        Block block = batch.Take(read - batch.Count);
        blocks.AddLast(block);
        available += block.Count;
        availableBytes += block.Bytes;
        starving = false;
        handedOver = Stopwatch.GetTimestamp();
        return true;
    }

    private void Feed(IEnumerable<T> items)
    {
        try
        {
            using (IEnumerator<T> enumerator = items.GetEnumerator())
            {
                while (!stopped && (mayRead-- > 0 || WaitForRoom()) && enumerator.MoveNext())
                {
                    if (InputGate?.IsDone(read, enumerator.Current) == true)
                        Skip();
                    else if (Add(enumerator.Current))
                        Publish();
                }
            }
            Publish();
            lock (gate)
                total = read;
            resume();
            if (!stopped)
                ended(read);
        }
        catch (JournalException e)
        {
            refused(e);
        }
        catch (Exception e)
        {
            Publish();
            failed(e, read);
        }
        finally
        {
            overdue.Dispose();
        }
    }

    /// <summary>Passes over an item; what was read before it makes a block of its own.</summary>
    private void Skip()
    {
        if (batch.Count > 0)
            isUntold |= MoveBatchUnderLocks();
        read++;
        Interlocked.Increment(ref skipped);
        if (isUntold && starving)
            Publish();
    }

    /// <returns>Whether what was read so far should be handed over.</returns>
    private bool Add(T item)
    {
        int count;
        lock (adding)
        {
            long before = batch.Bytes;
            batch.Add(item);
            read++;
            count = batch.Count;
            if (batch.Bytes - before > LongItemBytes)
                mayRead = 0;
        }
        // Asked only now: who found nothing while the lock was held has said so before.
        if (batch.IsDue(count, chunkSize, starving, Volatile.Read(ref handedOver)))
            return true;
        if (starving && !isTimed && count % (chunkSize ?? 1) == 0)
        {
            isTimed = true;
            overdue.Change(1, Timeout.Infinite);
        }
        return false;
    }

    /// <summary>Waits until one more item may be read; what was read so far is handed over before a wait.</summary>
    private bool WaitForRoom()
    {
        while (!stopped)
        {
            room.Reset();
            lock (gate)
            {
                bool chunkIsBegun = batch.Count % (chunkSize ?? 1) != 0 && batch.Bytes < LargestChunkBytes;
                long room = availableBytes + batch.Bytes < ReadAheadBytes ? wanted - available - batch.Count : 0;
                long may = chunkIsBegun || room > 0 ? Math.Min(Math.Max(room, 1), lookAhead(read)) : 0;
                // This one, and some more without looking again: room is made by others and used up only here.
                mayRead = Math.Min(may, ReadAtOnce) - 1;
                if (may > 0)
                    return true;
            }
            Publish();
            room.Wait();
        }
        return false;
    }

    private void Publish()
    {
        InputGate?.HandOver();
        if (MoveBatchUnderLocks() || isUntold)
            resume();
        isUntold = false;
    }

    private bool MoveBatchUnderLocks()
    {
        lock (gate)
        {
            lock (adding)
                return MoveBatch();
        }
    }
}
