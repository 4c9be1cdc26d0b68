namespace PathosHpc;

/// <summary>A run whose results are in its journal, and need not be anywhere else.</summary>
internal sealed class KeptRun<TResult>(MapOptions options, StatisticsCollector statistics) : MapRun<TResult>(options, statistics)
{
    private readonly TaskCompletionSource completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int? maxInFlight = options.MaxInFlight;
    private long stored, known;
    private volatile bool drains;

    /// <summary>Ends with the run.</summary>
    public Task Task => completion.Task;

    /// <summary>Deals no more items, and ends the run with <paramref name="why"/> when those that were dealt have been answered, or the time is up.</summary>
    public void Drain(TimeSpan limit, Exception why)
    {
        if (drains)
            return;
        drains = true;
        _ = EndAsync();

        async Task EndAsync()
        {
            for (long until = Environment.TickCount64 + (long)limit.TotalMilliseconds; !IsEnded && Environment.TickCount64 < until; await System.Threading.Tasks.Task.Delay(50).ConfigureAwait(false))
            {
                if (Map is null || Interlocked.Read(ref stored) - Interlocked.Read(ref known) >= Map.Taken)
                    break;
            }
            End(why);
        }
    }

    public override void DeliverKnown(Block results)
    {
        Interlocked.Add(ref known, results.Count);
        base.DeliverKnown(results);
    }

    protected override long Room(long taken) => drains ? 0 : maxInFlight is { } most ? most - (taken - Interlocked.Read(ref stored)) : long.MaxValue;

    protected override void Store(Block block) => Stored(block.Count);

    protected override void StoreNothing(long index) => Stored(1);

    protected override void OnEnded(Exception? exception)
    {
        if (exception is null)
            completion.TrySetResult();
        else
            completion.TrySetException(exception);
    }

    private void Stored(int count)
    {
        Interlocked.Add(ref stored, count);
        if (maxInFlight is not null)
            Map?.Resume();
    }
}
