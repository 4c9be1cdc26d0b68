namespace PathosHpc;

/// <summary>An item with a token of its own, which is canceled when it has run out of time.</summary>
internal sealed class ItemWatch
{
    private readonly CancellationTokenSource source;
    private int signalled;

    public ItemWatch(long index, CancellationToken map)
    {
        Index = index;
        source = CancellationTokenSource.CreateLinkedTokenSource(map);
    }

    public long Index { get; }

    public long Began { get; } = Environment.TickCount64;

    public CancellationToken Token => source.Token;

    public bool IsSignalled => Volatile.Read(ref signalled) != 0;

    /// <summary>Cancels the token, off this thread: what the user hung on it may take its time.</summary>
    public void Signal()
    {
        if (Interlocked.Exchange(ref signalled, 1) == 0)
            _ = source.CancelAsync();
    }
}
