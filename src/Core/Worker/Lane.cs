using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace PathosHpc;

/// <summary>What one compute thread is doing, as another thread may watch it.</summary>
internal sealed class Lane(RankIdentity identity, RunningMark? mark = null)
{
    /// <summary>How long an item may go on after its token was canceled, before its thread or process is given up.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private ConcurrentDictionary<long, ItemWatch>? overlapping;
    private MapComputer? computer;
    private ItemWatch? item;
    private long sequence, watchedSequence = -1, watchedSince;

    public RankIdentity Identity => identity;

    /// <summary>Set by the watcher when the compute thread should call <see cref="Boundary"/> before its next item.</summary>
    public volatile bool Attention;

    /// <summary>What is to be done between two items when there is <see cref="Attention"/>.</summary>
    public Action? Boundary { get; set; }

    /// <summary>What a map keeps here from chunk to chunk.</summary>
    public object? Scratch { get; set; }

    /// <summary>Whether an item is being computed.</summary>
    public bool IsComputing => Volatile.Read(ref computer) is not null;

    /// <summary>Number of the map whose items are being computed, or 0.</summary>
    public int Map => Volatile.Read(ref computer)?.Number ?? 0;

    /// <summary>Changes with every item that begins.</summary>
    public long Sequence => Volatile.Read(ref sequence);

    /// <summary>A chunk of a map begins.</summary>
    public void Begin(MapComputer map)
    {
        mark?.Map(map.Number);
        Volatile.Write(ref computer, map);
    }

    /// <summary>An item begins, alone on this lane.</summary>
    /// <returns>The token that the item gets.</returns>
    public CancellationToken Enter(long index)
    {
        mark?.Index(index);
        MapComputer map = computer!;
        CancellationToken token = map.Canceled;
        if (map.Header.ItemTimeout is not null)
        {
            item = new ItemWatch(index, token);
            token = item.Token;
        }
        Volatile.Write(ref sequence, sequence + 1);
        return token;
    }

    /// <summary>An item begins of a map whose items have no timeout.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void EnterUntimed(long index)
    {
        mark?.Index(index);
        Volatile.Write(ref sequence, sequence + 1);
    }

    /// <summary>The item that was entered last has run out of time, and was told so.</summary>
    public bool HasTimedOut => item?.IsSignalled == true;

    /// <summary>An item begins beside others.</summary>
    public ItemWatch EnterBeside(long index)
    {
        mark?.Several();
        var watch = new ItemWatch(index, computer!.Canceled);
        LazyInitializer.EnsureInitialized(ref overlapping)[index] = watch;
        return watch;
    }

    public void LeaveBeside(ItemWatch watch) => overlapping!.TryRemove(watch.Index, out _);

    /// <summary>The chunk has ended.</summary>
    public void End()
    {
        Volatile.Write(ref computer, null);
        item = null;
        mark?.None();
    }

    /// <summary>Cancels items that have run out of time.</summary>
    /// <returns>The failure of an item that did not heed its token within the grace, or whose map was canceled: the lane is lost.</returns>
    public LaneVerdict Watch(long nowMilliseconds)
    {
        if (Volatile.Read(ref computer) is not { } map)
            return default;
        ConcurrentDictionary<long, ItemWatch>? beside = Volatile.Read(ref overlapping);
        foreach (ItemWatch watch in beside?.Values ?? [])
        {
            if (Judge(map, watch, nowMilliseconds - watch.Began) is { IsLost: true } verdict)
                return verdict;
        }
        long now = Sequence;
        if (now != watchedSequence)
            (watchedSequence, watchedSince) = (now, nowMilliseconds);
        if (beside?.IsEmpty == false)
            return default;
        return Judge(map, Volatile.Read(ref item), nowMilliseconds - watchedSince);
    }

    private LaneVerdict Judge(MapComputer map, ItemWatch? watch, long elapsed)
    {
        if (map.CanceledSince is { } since && Environment.TickCount64 - since > Grace.TotalMilliseconds)
            return new LaneVerdict(true, map.Number, null);
        if (map.Header.ItemTimeout is not { } timeout || watch is null || elapsed < timeout.TotalMilliseconds)
            return default;
        watch.Signal();
        return elapsed < (timeout + Grace).TotalMilliseconds
            ? default
            : new LaneVerdict(true, map.Number, map.TimedOut(watch.Index, identity));
    }
}
