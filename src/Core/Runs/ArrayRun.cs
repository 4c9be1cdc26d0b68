namespace PathosHpc;

/// <summary>A run that gathers all results in one array, by index.</summary>
internal sealed class ArrayRun<TResult>(MapOptions options, StatisticsCollector statistics, long? expected) : MapRun<TResult>(options, statistics)
{
    private readonly TaskCompletionSource<TResult[]> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock gate = new();
    private readonly int? maxInFlight = options.MaxInFlight;
    private TResult[] results = NewResults(expected ?? 0);
    private long stored;

    /// <summary>All results, once the run has ended.</summary>
    public Task<TResult[]> Task => completion.Task;

    protected override long Room(long taken)
    {
        if (maxInFlight is not { } most)
            return long.MaxValue;
        return most - (taken - Interlocked.Read(ref stored));
    }

    protected override Array? AllResults => Fitted();

    protected override void Store(Block block)
    {
        if (block is EncodedBlock { HasStride: true } raw)
        {
            lock (gate)
                BlockDecoder<TResult>.DecodeInto(raw, Place(raw));
        }
        else
        {
            TypedBlock<TResult> typed = BlockDecoder<TResult>.Decode(block);
            lock (gate)
                typed.Values.Span.CopyTo(Place(typed));
        }
        Stored(block.Count);
    }

    protected override void StoreNothing(long index)
    {
        lock (gate)
            Place(new TypedBlock<TResult>(index, new TResult[1]));
        Stored(1);
    }

    protected override void OnEnded(Exception? exception)
    {
        if (exception is OperationCanceledException canceled)
            completion.TrySetCanceled(canceled.CancellationToken);
        else if (exception is not null)
            completion.TrySetException(exception);
        else
            completion.TrySetResult(Fitted());
    }

    private void Stored(int count)
    {
        Interlocked.Add(ref stored, count);
        if (maxInFlight is not null)
            Map?.Resume();
    }

    private TResult[] Fitted()
    {
        lock (gate)
        {
            if (Total is { } total && results.Length != total)
                Array.Resize(ref results, (int)total);
            return results;
        }
    }

    private static TResult[] NewResults(long count)
    {
        var results = new TResult[count];
        LargeArrays.Advise(results);
        return results;
    }

    private Span<TResult> Place(Block block)
    {
        if (block.End > Array.MaxLength)
            throw new InvalidOperationException($"Item {block.End - 1} is beyond what one array of results can hold ({Array.MaxLength}). Use MapStreamAsync or MapUnorderedAsync for such long inputs.");
        if (block.End > results.Length)
            Array.Resize(ref results, (int)Math.Min(Math.Max(2L * results.Length, block.End), Array.MaxLength));
        return results.AsSpan((int)block.First, block.Count);
    }
}
