namespace PathosHpc;

/// <summary>Deals the items of maps to links by what they have room for, takes results, and deals again what a lost link had.</summary>
/// <remarks>The same class serves a client over worker processes or threads, a client over one root rank, and a root over its ranks.
/// Every method may be called from any thread. Sinks are called outside the lock.</remarks>
internal sealed partial class Coordinator
{
    /// <summary>A few time slices of a busy machine.</summary>
    public const double NearSeconds = 0.02;

    /// <summary>Results that may have to be kept here while nobody takes them, of items that are here for longer than that.</summary>
    private const double MostResultBytesAhead = 64 << 20;

    private const long MostItemsAhead = 1 << 24;

    /// <summary>How long a coordinator ahead may be kept from sending without any rank having to wait.</summary>
    public double AheadSeconds { get; init; } = NearSeconds;

    /// <summary>Whether the coordinator ahead deals to others beside this one: then long items are not kept waiting here, where another may have room for them.</summary>
    public bool IsOneOfMany { get; init; }

    /// <summary>Items for each rank behind a link that go out before the link has told how much it wants.</summary>
    public long FirstWindow { get; init; } = 64;

    private readonly Lock gate = new();
    private readonly List<Link> links = [];
    private readonly List<CoordinatedMap> maps = [];
    private readonly Queue<Link> hungry = new();
    private readonly List<CoordinatedMap> closing = [];
    private readonly Action? workCame;
    private int lastNumber;
    private int firstMap;
    private long completed;

    /// <param name="workCame">When given, the coordinator never uses links of itself: it calls this, and its owner calls <see cref="Deal"/>
    /// on the thread that may use them.</param>
    public Coordinator(Action? workCame = null) => this.workCame = workCame;

    /// <summary>Items answered or failed since this coordinator was made; grows as long as there is progress.</summary>
    public long Completed => Interlocked.Read(ref completed);

    /// <summary>Ranks behind all links.</summary>
    public int Width { get; private set; }

    /// <summary>A number for a new map, which no other map of this coordinator has had.</summary>
    public int NextNumber() => Interlocked.Increment(ref lastNumber);

    public void Open(CoordinatedMap map)
    {
        lock (gate)
        {
            map.Coordinator = this;
            map.GoesAhead = map.Function is { Missing: > 0 };
            maps.Add(map);
            AllHungry();
        }
        WorkCame();
    }

    public void Close(CoordinatedMap map)
    {
        lock (gate)
        {
            if (map.IsClosed)
                return;
            map.IsClosed = true;
            maps.Remove(map);
            closing.Add(map);
        }
        WorkCame();
    }

    /// <summary>A part of the large arrays of a map's function has come. To be called where links may be used.</summary>
    /// <exception cref="LinkException">It is more than is missing.</exception>
    public void AddPart(CoordinatedMap map, Payload part)
    {
        lock (gate)
        {
            if (map.IsClosed)
                return;
            // Not left to the next deal: while parts come without a pause there is none, and all of them would be kept.
            BeginAhead();
            Link[] users = [.. links.Where(link => link.Shares.ContainsKey(map.Number))];
            map.Function!.Add(part, users.Length);
            foreach (Link link in users)
            {
                link.SendPart(map, part);
                link.Flush();
            }
        }
    }

    public void Resume(CoordinatedMap map)
    {
        lock (gate)
        {
            if (map.IsClosed)
                return;
            AllHungry();
        }
        WorkCame();
    }

    public void Add(Link link)
    {
        lock (gate)
        {
            links.Add(link);
            Width += link.Width;
            Hungry(link);
        }
        WorkCame();
    }

    /// <summary>Results came over a link. Those of maps that have ended are dropped.</summary>
    /// <exception cref="LinkException">The link answered what it was not asked.</exception>
    public void Accept(Link link, int number, ReadOnlySpan<ComputedBlock> results)
    {
        CoordinatedMap? map;
        int taken = 0;
        lock (gate)
        {
            if (link.IsRemoved || (map = Find(number)) is null)
                return;
            LinkShare? share = link.ShareOf(number);
            for (; taken < results.Length && TryAnswer(link, share, results[taken].Block.First, results[taken].Block.Count); taken++)
                map.Chunks.Learn(results[taken].Block.Count, results[taken].Work.BusyNanoseconds);
            Hungry(link);
        }
        WorkCame();
        map.Sink.Deliver(results[..taken]);
        if (taken < results.Length)
            throw NotAsked(link, number, results[taken].Block.First, results[taken].Block.Count);
    }

    /// <summary>An item failed on a link.</summary>
    public void Accept(Link link, int number, ItemFailure failure)
    {
        CoordinatedMap? map;
        lock (gate)
        {
            if (link.IsRemoved || (map = Find(number)) is null)
                return;
            if (!TryAnswer(link, link.ShareOf(number), failure.Index, 1))
                throw NotAsked(link, number, failure.Index, 1);
            Hungry(link);
        }
        map.Sink.Fail(failure);
        WorkCame();
    }

    /// <summary>A map cannot go on, since a rank could not load its function.</summary>
    public void Abort(int number, Exception exception)
    {
        CoordinatedMap? map;
        lock (gate)
            map = Find(number);
        map?.Sink.Abort(exception);
    }

    /// <summary>Where lines go that items of a map print, if the map says so.</summary>
    public RankOutput? OutputOf(int number)
    {
        lock (gate)
            return Find(number)?.Output;
    }

    /// <summary>A link gives items back that it has not begun.</summary>
    public void TakeBack(Link link, int number, long first, int count)
    {
        lock (gate)
        {
            if (link.IsRemoved || Find(number) is not { } map)
                return;
            Block block = link.ShareOf(number)?.Outstanding.TryTakeBack(first, count)
                ?? throw new LinkException($"Items {first} to {first + count - 1} came back from rank {link.FirstRank}, which does not have them.");
            map.GiveBack(block);
            link.IsStuck = link.IsRank;
            AllHungry();
        }
        WorkCame();
    }

    /// <summary>The ranks behind a link tell how much they want ahead.</summary>
    public void SetWindow(Link link, int number, long items, long bytes)
    {
        lock (gate)
        {
            if (link.IsRemoved || Find(number) is not { } map)
                return;
            LinkShare share = Share(link, map);
            (share.WindowItems, share.WindowBytes) = (Math.Max(items, 1), Math.Max(bytes, 1));
            Hungry(link);
        }
        WorkCame();
    }

    /// <summary>How much a coordinator ahead of this one should keep here of a map, so that no rank waits.</summary>
    /// <param name="map">The map.</param>
    /// <param name="resultLength">Bytes of a result on average; 0 while none has come.</param>
    public (long Items, long Bytes) WindowFor(CoordinatedMap map, double resultLength = 0)
    {
        lock (gate)
        {
            if (map.Chunks.IsStatic)
                return (long.MaxValue, long.MaxValue);
            long chunk = map.Chunks.FixedSize ?? map.Chunks.Typical;
            if (IsOneOfMany && map.Chunks.Depth == 1)
                return ((Width + ((Width + 3L) / 4)) * chunk, 16L << 20);
            long near = Math.Max(4L * Width * chunk, map.Chunks.ItemsWithin(Math.Min(AheadSeconds, NearSeconds), Width));
            long ahead = resultLength > 0 ? (long)Math.Min(map.Chunks.ItemsWithin(AheadSeconds, Width, MostItemsAhead), MostResultBytesAhead / resultLength) : 0;
            return (Math.Max(near, ahead), Math.Max(16L << 20, (4L << 20) * Width));
        }
    }

    private LinkShare Share(Link link, CoordinatedMap map)
    {
        if (!link.Shares.TryGetValue(map.Number, out LinkShare? share))
        {
            share = new LinkShare { WindowItems = FirstWindowOf(map, link), WindowBytes = map.Chunks.IsStatic ? long.MaxValue : (2L << 20) * link.Width };
            link.Shares.Add(map.Number, share);
            Begin(link, map);
        }
        return share;
    }

    private long FirstWindowOf(CoordinatedMap map, Link link)
    {
        if (map.Chunks.IsStatic)
            return long.MaxValue;
        long first = FirstWindow * link.Width;
        // With several worlds the one that is slow would get as much as the others.
        return map.Chunks.ExpectedSeconds > 0 && links.Count == 1 ? Math.Max(first, map.Chunks.ItemsWithin(NearSeconds, link.Width)) : first;
    }

    private static void Begin(Link link, CoordinatedMap map)
    {
        link.Begin(map);
        if (map.Function is not { } function)
            return;
        foreach (Payload part in function.Parts)
            link.SendPart(map, part);
        function.ForgetIfGone();
    }

    private CoordinatedMap? Find(int number)
    {
        foreach (CoordinatedMap map in maps)
        {
            if (map.Number == number)
                return map;
        }
        return null;
    }

    private bool TryAnswer(Link link, LinkShare? share, long first, int count)
    {
        if (share?.Outstanding.TryComplete(first, count) != true)
            return false;
        link.IsStuck = link.IsAlone = false;
        Interlocked.Add(ref completed, count);
        return true;
    }

    private static LinkException NotAsked(Link link, int map, long first, int count) =>
        new($"Rank {link.FirstRank} answered items {first} to {first + count - 1} of map {map}, which it was not asked for.");

    private void Hungry(Link link)
    {
        if (link.IsQueued || link.IsRemoved)
            return;
        link.IsQueued = true;
        hungry.Enqueue(link);
    }

    private void AllHungry()
    {
        foreach (Link link in links)
            Hungry(link);
    }

    private void WorkCame()
    {
        if (workCame is null)
            Deal();
        else
            workCame();
    }
}
