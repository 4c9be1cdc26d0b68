using NLog;

namespace PathosHpc;

/// <summary>What the pools with a coordinator share: how a map gets its source, its sink and its place at the coordinator, and how all end.</summary>
/// <param name="encode">Whether items and results leave this process.</param>
internal sealed class PoolEngine(Coordinator coordinator, StatisticsCollector collector, bool encode, double targetSeconds = ChunkPolicy.UsualTargetSeconds)
{
    private static readonly Logger Log = LogManager.GetLogger("PathosHpc.Pool");
    private readonly HashSet<IMapRun> runs = [];
    private readonly KnownItemTimes itemTimes = new();
    private Func<Exception>? ended;

    public Coordinator Coordinator => coordinator;

    public StatisticsCollector Collector => collector;

    /// <summary>Refuses a function that cannot be sent, and warns of what it would do differently elsewhere.</summary>
    public static void Ship<TItem, TResult>(MapRequest<TItem, TResult> request)
    {
        ShippedFunction shipped = FunctionShipping.Encode(request.Function, request.Options.Strict);
        foreach (string warning in shipped.Warnings)
            Log.Warn("{Warning}", warning);
        request.Shipped = shipped;
    }

    /// <summary>Starts a map.</summary>
    /// <returns>Whether it is to be computed at all: not when it has no items or the pool has ended.</returns>
    public bool Start<TItem, TResult>(MapRequest<TItem, TResult> request, MapRun<TResult> run)
    {
        IEnumerable<TItem> items = request.Items;
        if (request.Options.Strategy == MapStrategy.ScatterGather && !IsPlainList(items))
        {
            // The shares of the ranks depend on the count, so all of it is read first, and not on the caller's thread.
            new Thread(() => ReadAllAndStart(request, run)) { IsBackground = true, Name = "pathos input" }.Start();
            return true;
        }
        long? total = IsPlainList(items) ? ((ICollection<TItem>)items).Count : null;
        CoordinatedMap? map = null;
        FeedSource<TItem>? feed = null;
        InputGate<TItem>? gate = request.GateTo(run);
        ItemSource source = total is not null && request.Journal is null
            ? new ListSource<TItem>((IList<TItem>)items, encode, run.InputFailed)
            : feed = new FeedSource<TItem>(encode, request.Options.ChunkSize, run.LookAhead, () => map!.Resume(), run.InputFailed, run.InputEnded, run.End)
            {
                InputGate = gate,
                KnownTotal = total,
            };
        // Shares go by indices; the rest goes by how many items there are to deal.
        long? dealt = request.Options.Strategy == MapStrategy.ScatterGather ? total : total - (gate?.DoneBelow(total ?? 0) ?? 0);
        map = NewMap(request, run, source, MapHeader.Of(request, dealt) with { ExpectedSeconds = itemTimes.Of(request.Function.Target) });
        itemTimes.Begin(request.Function.Target, map.Chunks);
        if (feed is not null)
            run.Ended += feed.Stop;
        run.Begin(map, request.CancellationToken);
        if (!Track(run))
            return false;
        if (total is { } known)
            run.InputEnded(known);
        if (run.IsEnded)
            return false;
        coordinator.Open(map);
        if (run.IsEnded)
            map.Close();
        feed?.Start(items);
        return true;
    }

    private void ReadAllAndStart<TItem, TResult>(MapRequest<TItem, TResult> request, MapRun<TResult> run)
    {
        try
        {
            Start(request.With(request.Items.ToList()), run);
        }
        catch (Exception e)
        {
            run.End(e);
        }
    }

    /// <summary>Whether a map has not ended.</summary>
    public bool HasMaps
    {
        get
        {
            lock (runs)
                return runs.Count > 0;
        }
    }

    /// <summary>Ends every map, and every later one as it starts.</summary>
    /// <param name="why">Called for each map that ends so: an exception of the runtime's own loads its words from resources, a few milliseconds ahead of a
    /// short program's end.</param>
    public void EndAll(Func<Exception> why)
    {
        IMapRun[] all;
        lock (runs)
        {
            ended ??= why;
            all = [.. runs];
        }
        foreach (IMapRun run in all)
            run.End(why());
    }

    private CoordinatedMap NewMap<TItem, TResult>(MapRequest<TItem, TResult> request, MapRun<TResult> run, ItemSource source, MapHeader header)
    {
        int number = coordinator.NextNumber();
        return new CoordinatedMap
        {
            Number = number,
            Source = source,
            Sink = run,
            Chunks = header.Chunks(targetSeconds),
            Output = request.Options.Output,
            Function = encode ? TravellingFunction.Of(header, request.Shipped!) : null,
            LocalFunction = encode ? null : new MapComputer<TItem, TResult>(number, header, request.Function, false),
        };
    }

    /// <summary>Whether items can be taken on any thread without running code of the user's: from arrays, lists, and what the compiler makes of <c>[x, y]</c> where
    /// a sequence is asked for. All else is read by a thread of its own, which costs a map of one item more than all the rest.</summary>
    internal static bool IsPlainList<T>(IEnumerable<T> items)
    {
        Type type = items.GetType();
        return type == typeof(T[]) || type == typeof(List<T>) || (items is IList<T> && type.IsGenericType && type.Name.StartsWith("<>z__ReadOnly", StringComparison.Ordinal));
    }

    private bool Track(IMapRun run)
    {
        Func<Exception>? already;
        lock (runs)
        {
            already = ended;
            if (already is null)
            {
                run.Ended += () =>
                {
                    lock (runs)
                        runs.Remove(run);
                };
                runs.Add(run);
            }
        }
        if (already is not null)
            run.End(already());
        return already is null;
    }
}
