using System.Diagnostics;

namespace PathosHpc;

/// <summary>A map that runs, at the caller's end: takes results and failures, counts them, tells progress, and ends once.</summary>
internal abstract class MapRun<TResult> : ResultSink, IMapRun
{
    private readonly Lock gate = new();
    private readonly long started = Stopwatch.GetTimestamp();
    private readonly List<ItemFailedException> failures = [];
    private readonly MapOptions options;
    private readonly StatisticsCollector statistics;
    private CancellationTokenRegistration cancellation;
    private Timer? progress;
    private Exception? inputFailure;
    private long completed, failed;
    private bool ended;

    protected MapRun(MapOptions options, StatisticsCollector statistics) => (this.options, this.statistics) = (options, statistics);

    /// <summary>Items in all; null until the input has been read.</summary>
    protected long? Total { get; private set; }

    /// <summary>Set while the map is dealt; null once it has ended or before it is opened.</summary>
    protected CoordinatedMap? Map { get; private set; }

    /// <summary>Whether the run has ended.</summary>
    public bool IsEnded => Volatile.Read(ref ended);

    /// <summary>What results are written to before they count; null without a journal.</summary>
    public ResultJournal<TResult>? Journal { get; set; }

    /// <summary>Completes when nothing of the run goes on, so that its journal may be another's.</summary>
    public Task Closed => Journal?.Closed ?? Task.CompletedTask;

    /// <inheritdoc/>
    public Action? Ended { get; set; }

    /// <summary>Begins: cancellation and progress are live from here on.</summary>
    public void Begin(CoordinatedMap? map, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (ended)
                return;
            Map = map;
            cancellation = cancellationToken.UnsafeRegister(static (run, token) => ((MapRun<TResult>)run!).End(new OperationCanceledException(token)), this);
            if (options.Progress is not null && !ended)
                progress = new Timer(_ => Tick(), null, 200, 200);
        }
    }

    public sealed override long LookAhead(long taken) => Journal is { IsBehind: true } ? 0 : Room(taken);

    /// <summary>Looks again whether items may be read.</summary>
    public void Resume() => Map?.Resume();

    public override void Deliver(Block results, RankWork work)
    {
        if (Journal is { } journal)
            journal.Deliver(results, work);
        else
            Take(results, work);
    }

    public override void Deliver(ReadOnlySpan<ComputedBlock> results)
    {
        if (Journal is not null || results.Length == 1)
        {
            base.Deliver(results);
            return;
        }
        int stored = 0, counted = 0;
        long nanoseconds = 0;
        for (int i = 0; i < results.Length; i++)
        {
            (Block block, RankWork work) = results[i];
            counted += block.Count;
            nanoseconds += work.BusyNanoseconds;
            if (i + 1 == results.Length || results[i + 1].Work.Rank != work.Rank)
            {
                statistics.Count(work.Rank, counted, nanoseconds);
                (counted, nanoseconds) = (0, 0);
            }
            if (!TryStore(block))
                return;
            (block as EncodedBlock)?.Values.Recycle();
            stored += block.Count;
        }
        Count(stored, 0);
    }

    public override void Fail(ItemFailure failure)
    {
        if (Journal is { } journal)
            journal.Fail(failure);
        else
            Take(failure);
    }

    /// <summary>Takes results that an earlier run computed.</summary>
    public virtual void DeliverKnown(Block results)
    {
        if (TryStore(results))
            Count(results.Count, 0);
    }

    /// <summary>Takes results that nothing can undo any more.</summary>
    public void Take(Block results, RankWork work)
    {
        statistics.Count(work.Rank, results.Count, work.BusyNanoseconds);
        if (!TryStore(results))
            return;
        if (Journal is null)
            (results as EncodedBlock)?.Values.Recycle();
        Count(results.Count, 0);
    }

    /// <summary>Takes an item's failure for what it is.</summary>
    public void Take(ItemFailure failure)
    {
        ItemFailedException exception = failure.ToException();
        statistics.Count(failure.Rank, 1, 0);
        lock (gate)
            failures.Add(exception);
        try
        {
            options.Failures?.Report(exception);
        }
        catch (Exception e)
        {
            End(e);
            return;
        }
        if (options.OnItemFailure == OnItemFailure.Stop)
        {
            Interlocked.Increment(ref failed);
            End(exception);
            return;
        }
        StoreNothing(failure.Index);
        Count(0, 1);
    }

    public override void Abort(Exception exception) => End(exception);

    /// <summary>The input has been read to its end.</summary>
    public void InputEnded(long total)
    {
        if (Journal?.Refusal(total) is { } refusal)
        {
            End(refusal);
            return;
        }
        Journal?.Total(total);
        lock (gate)
            Total = total;
        Count(0, 0);
    }

    /// <summary>The input could not be read beyond <paramref name="read"/> items; the map ends when those are done.</summary>
    public void InputFailed(Exception exception, long read)
    {
        lock (gate)
        {
            inputFailure = exception;
            Total = read;
        }
        Count(0, 0);
    }

    /// <summary>Ends the run, with success when <paramref name="exception"/> is null. Only the first call counts.</summary>
    public void End(Exception? exception)
    {
        lock (gate)
        {
            if (ended)
                return;
            ended = true;
        }
        Map?.Close();
        cancellation.Unregister();
        progress?.Dispose();
        Ended?.Invoke();
        if (Journal is { } journal)
            journal.Close(complete: exception is null, unwritten => Finish(exception ?? unwritten));
        else
            Finish(exception);
    }

    private void Finish(Exception? exception)
    {
        Exception? untold = TellProgress();
        OnEnded(exception ?? ContinuedFailure() ?? untold);
    }

    /// <summary>Items that may be read now beyond those already read, as far as the caller of the map is concerned.</summary>
    protected abstract long Room(long taken);

    /// <summary>Keeps results that came.</summary>
    protected abstract void Store(Block results);

    /// <summary>Notes that an item has none.</summary>
    protected abstract void StoreNothing(long index);

    /// <summary>The run has ended.</summary>
    protected abstract void OnEnded(Exception? exception);

    /// <summary>All results, when they are kept together; for <see cref="MapFailedException"/>.</summary>
    protected virtual Array? AllResults => null;

    private bool TryStore(Block results)
    {
        try
        {
            Store(results);
            return true;
        }
        catch (Exception e)
        {
            End(e);
            return false;
        }
    }

    private MapFailedException? ContinuedFailure()
    {
        lock (gate)
        {
            failures.Sort((a, b) => a.Index.CompareTo(b.Index));
            return failures.Count == 0 ? null : new MapFailedException([.. failures], completed + failed, AllResults);
        }
    }

    private void Count(int done, int lost)
    {
        Exception? cause;
        lock (gate)
        {
            completed += done;
            failed += lost;
            if (completed + failed != Total)
                return;
            cause = inputFailure;
        }
        End(cause);
    }

    private void Tick()
    {
        if (TellProgress() is { } failure)
            End(failure);
    }

    /// <returns>What the caller's progress object threw.</returns>
    private Exception? TellProgress()
    {
        if (options.Progress is not { } told)
            return null;
        MapProgress now;
        lock (gate)
            now = new MapProgress(completed, failed, Total, Stopwatch.GetElapsedTime(started));
        try
        {
            told.Report(now);
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }
}
