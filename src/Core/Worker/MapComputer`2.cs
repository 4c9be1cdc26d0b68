using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PathosHpc;

/// <summary>Computes items of <typeparamref name="TItem"/> to results of <typeparamref name="TResult"/>.</summary>
/// <param name="encode">Whether results are to be encoded, since they leave this process.</param>
internal sealed partial class MapComputer<TItem, TResult>(int number, MapHeader header, ItemFunction<TItem, TResult> function, bool encode)
    : MapComputer(number, header)
{
    /// <summary>Whether nothing is to be watched of a single item but its token.</summary>
    private readonly bool isPlain = !function.IsAsync && header.ItemTimeout is null;

    /// <summary>The user's delegate, where it takes the item alone.</summary>
    private readonly Func<TItem, TResult>? plain = (function as SyncFunction<TItem, TResult>)?.Function;

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
        new(identity.Rank, identity.Size, identity.LocalRank, identity.LocalSize, identity.Node, Header.Seed, Canceled);

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
        context.CancellationToken = Canceled;
        reader.Reset(items);
        long began = run.Begin(items.First, output);
        bool inRun = isPlain && reader.IsRaw && run.IsRaw;
        if (inRun)
            run.Expect(items.Count);
        for (int at = 0; at < items.Count;)
        {
            Exception? failure = inRun ? ComputeRun(items, ref at, lane, state) : ComputeOne(items.First + at, lane, state);
            if (failure is not null && !Failed(run, items.First + at, failure, lane))
                return;
            at += inRun && failure is null ? 0 : 1;
            if (run.IsLong)
                run.Flush();
            if (lane.Attention && !GoOn(items, at - 1, mayReturn, began, lane, run, output))
                return;
        }
        run.Flush();
    }

    /// <summary>Computes one item.</summary>
    /// <returns>How it failed, or null.</returns>
    private Exception? ComputeOne(long index, Lane lane, State state)
    {
        state.Context.MoveTo(index);
        CancellationToken token = lane.Enter(index);
        state.Context.CancellationToken = token;
        TResult result;
        try
        {
            TItem item = state.Reader.Next();
            result = function.IsAsync ? function.InvokeAsync(item, token).GetAwaiter().GetResult() : function.Invoke(item, token);
        }
        catch (Exception e)
        {
            return e;
        }
        state.Run.Add(result);
        return null;
    }

    /// <summary>Computes items from the <paramref name="at"/>-th on whose values and results are plain memory, until one fails or there is
    /// <see cref="Lane.Attention"/>. What every item promises is done for every item; what it costs is a few stores.</summary>
    /// <returns>How the item that <paramref name="at"/> stands at has failed, or null when it stands behind the last that was computed.</returns>
    private Exception? ComputeRun(Block items, ref int at, Lane lane, State state)
    {
        int length = Math.Min(items.Count - at, Math.Max(1, ResultRun<TResult>.RunBytes / Unsafe.SizeOf<TResult>()));
        ReadOnlySpan<byte> values = state.Reader.RawValues(length);
        Span<byte> results = state.Run.Room(length);
        (MapContext context, Func<TItem, TResult>? direct, CancellationToken token) = (state.Context, plain, Canceled);
        long index = items.First + at;
        int done = 0;
        Exception? failure = null;
        try
        {
            for (; done < length && !(lane.Attention && done > 0); done++)
            {
                context.MoveTo(index + done);
                lane.EnterUntimed(index + done);
                TItem item = Unsafe.ReadUnaligned<TItem>(ref Unsafe.Add(ref MemoryMarshal.GetReference(values), (nint)done * Unsafe.SizeOf<TItem>()));
                TResult result = direct is not null ? direct(item) : function.Invoke(item, token);
                Unsafe.WriteUnaligned(ref Unsafe.Add(ref MemoryMarshal.GetReference(results), (nint)done * Unsafe.SizeOf<TResult>()), result);
            }
        }
        catch (Exception e)
        {
            failure = e;
        }
        at += done;
        state.Reader.Skip(failure is null ? done : done + 1);
        state.Run.Added(done, length);
        return failure;
    }

    /// <summary>Between two items, when the watcher asked for it.</summary>
    /// <returns>Whether the chunk goes on.</returns>
    private bool GoOn(Block items, int i, bool mayReturn, long began, Lane lane, ResultRun<TResult> run, ComputeOutput output)
    {
        lane.Attention = false;
        lane.Boundary?.Invoke();
        if (Canceled.IsCancellationRequested)
            return false;
        if (!mayReturn || i + 1 == items.Count || Stopwatch.GetElapsedTime(began).TotalSeconds < ChunkPolicy.ReturnSeconds(lane.Identity.Size))
            return true;
        run.Flush();
        output.Returned(Number, items.First + i + 1, items.Count - i - 1);
        return false;
    }

    /// <summary>Tells an item's failure.</summary>
    /// <returns>Whether the chunk goes on.</returns>
    private bool Failed(ResultRun<TResult> run, long index, Exception exception, Lane lane)
    {
        if (Canceled.IsCancellationRequested)
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
