using System.Diagnostics;

namespace PathosHpc;

/// <summary>Computes items of <typeparamref name="TItem"/> to results of <typeparamref name="TResult"/>.</summary>
/// <param name="encode">Whether results are to be encoded, since they leave this process.</param>
internal sealed partial class MapComputer<TItem, TResult>(int number, MapHeader header, ItemFunction<TItem, TResult> function, bool encode)
    : MapComputer(number, header)
{
    /// <summary>After this long, a chunk that may be cut short gives back what it has not begun.</summary>
    private static readonly long ReturnAfter = Stopwatch.Frequency / 50;

    public override void Compute(Block items, bool mayReturn, Lane lane, ComputeOutput output)
    {
        ApplyCulture();
        lane.Begin(this);
        State state = StateOf(lane);
        try
        {
            if (Header.Concurrency > 1)
                ComputeBeside(items, lane, state, output);
            else
                ComputeInTurn(items, mayReturn, lane, state, output);
        }
        finally
        {
            state.Reader.Release();
            lane.End();
        }
    }

    private MapContext NewContext(RankIdentity identity) =>
        new(identity.Rank, identity.Size, identity.LocalRank, identity.LocalSize, identity.Node, Header.Seed, Cancelled);

    /// <summary>What this map keeps on a lane from chunk to chunk: making it anew would cost more than a short item.</summary>
    private State StateOf(Lane lane)
    {
        if (lane.Scratch is State state && state.Owner == this)
            return state;
        state = new State(this, NewContext(lane.Identity), new ResultRun<TResult>(Number, encode, lane.Identity));
        lane.Scratch = state;
        return state;
    }

    private void ComputeInTurn(Block items, bool mayReturn, Lane lane, State state, ComputeOutput output)
    {
        (MapContext context, ItemReader<TItem> reader, ResultRun<TResult> run) = (state.Context, state.Reader, state.Run);
        if (MapContext.Current != context)
            MapContext.Current = context;
        reader.Reset(items);
        run.Begin(items.First, output);
        long began = Stopwatch.GetTimestamp();
        for (int i = 0; i < items.Count; i++)
        {
            long index = items.First + i;
            context.MoveTo(index);
            CancellationToken token = lane.Enter(index);
            context.CancellationToken = token;
            TResult result = default!;
            Exception? failure = null;
            try
            {
                TItem item = reader.Next();
                result = function.IsAsync ? function.InvokeAsync(item, token).GetAwaiter().GetResult() : function.Invoke(item, token);
            }
            catch (Exception e)
            {
                failure = e;
            }
            if (failure is null)
                run.Add(result);
            else if (!Failed(run, index, failure, lane))
                return;
            if (lane.Attention && !GoOn(items, i, mayReturn, began, lane, run, output))
                return;
        }
        run.Flush();
    }

    /// <summary>Between two items, when the watcher asked for it.</summary>
    /// <returns>Whether the chunk goes on.</returns>
    private bool GoOn(Block items, int i, bool mayReturn, long began, Lane lane, ResultRun<TResult> run, ComputeOutput output)
    {
        lane.Attention = false;
        lane.Boundary?.Invoke();
        if (Cancelled.IsCancellationRequested)
            return false;
        if (!mayReturn || i + 1 == items.Count || Stopwatch.GetTimestamp() - began < ReturnAfter)
            return true;
        run.Flush();
        output.Returned(Number, items.First + i + 1, items.Count - i - 1);
        return false;
    }

    /// <summary>Tells an item's failure.</summary>
    /// <returns>Whether the chunk goes on.</returns>
    private bool Failed(ResultRun<TResult> run, long index, Exception exception, Lane lane)
    {
        if (Cancelled.IsCancellationRequested)
            return false;
        run.Fail(exception is OperationCanceledException && lane.HasTimedOut
            ? TimedOut(index, lane.Identity)
            : ItemFailure.Of(index, lane.Identity.Rank, lane.Identity.Node, exception));
        return !Header.StopsOnFailure;
    }

    private sealed record State(MapComputer Owner, MapContext Context, ResultRun<TResult> Run)
    {
        public ItemReader<TItem> Reader { get; } = new();
    }
}
