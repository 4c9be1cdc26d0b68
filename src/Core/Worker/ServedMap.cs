namespace PathosHpc;

/// <summary>A map of the client's at a root, or at a host of workers: its items come as blocks, its results are gathered into frames.</summary>
/// <remarks>Its results may come on many threads.</remarks>
internal sealed class ServedMap : ResultSink
{
    private const int PassedOnAt = 32 << 10, GatheredUpTo = 4 << 10;

    /// <summary>How long results may be gathered while there is work: each time the client wakes up it takes a core from a rank of its node.</summary>
    private static readonly long LeastGatherTime = System.Diagnostics.Stopwatch.Frequency / 1000, MostGatherTime = 8 * LeastGatherTime;

    /// <summary>A map that has run for long may keep its results for longer: nobody notices a part in so many of what has passed.</summary>
    private const int GatherShare = 32;

    private readonly Coordinator coordinator;
    private readonly Carrier uplink;
    private readonly BlockQueue items;
    private readonly PayloadWriter gathered = new();
    private readonly Lock gate = new();
    private readonly Action? gathering;
    private readonly long began = System.Diagnostics.Stopwatch.GetTimestamp();
    private long gatheredSince;
    private long window, windowLooked;
    private long resultItems, resultBytes;

    /// <param name="output">Where lines go that its items print; null where that is the links' business.</param>
    /// <param name="gathering">Told when results begin to gather; null where somebody looks all the time.</param>
    public ServedMap(Frame function, Coordinator coordinator, Carrier uplink, RankOutput? output = null, Action? gathering = null)
    {
        (this.coordinator, this.uplink, this.gathering) = (coordinator, uplink, gathering);
        MapHeader header = MapHeader.Read(function.Reader());
        items = new BlockQueue(header.Total);
        Map = new CoordinatedMap { Number = function.Map, Source = items, Sink = this, Chunks = header.Chunks(), Function = new TravellingFunction(function.Body, header.ArrayBytes), Output = output };
    }

    public CoordinatedMap Map { get; }

    /// <summary>The next part of the function's large arrays has come. To be called where links may be used.</summary>
    public void Add(Payload part) => coordinator.AddPart(Map, part);

    public void Add(Block block)
    {
        items.Add(block);
        Map.Resume();
    }

    public override void Deliver(ReadOnlySpan<ComputedBlock> results)
    {
        lock (gate)
            base.Deliver(results);
    }

    public override void Deliver(Block results, RankWork work)
    {
        var block = (EncodedBlock)results;
        lock (gate)
        {
            resultItems += block.Count;
            resultBytes += block.Bytes;
            if (block.Values.Length > GatheredUpTo)
            {
                PassOn(0, true);
                MapFrames.SendResults(uplink, Map.Number, block, work);
                return;
            }
            if (gathered.Length == 0)
            {
                gatheredSince = System.Diagnostics.Stopwatch.GetTimestamp();
                gathering?.Invoke();
            }
            MapFrames.WriteResultsHeader(gathered, block, work);
            gathered.WriteBytes(block.Values);
            if (gathered.Length > PassedOnAt)
                PassOn(0, true);
        }
    }

    public override void Fail(ItemFailure failure)
    {
        PassOn(0, true);
        uplink.Send(MapFrames.Failure(Map.Number, failure));
    }

    public override void Abort(Exception exception) => uplink.Send(MapFrames.FunctionReady(Map.Number, exception));

    /// <summary>Passes on what was gathered, when it is due, and how much should be sent ahead.</summary>
    /// <param name="now">The time, by <see cref="System.Diagnostics.Stopwatch"/>.</param>
    /// <param name="all">Whether to pass on everything, due or not.</param>
    public void PassOn(long now, bool all)
    {
        double resultLength;
        lock (gate)
        {
            resultLength = resultItems == 0 ? 0 : Math.Max(1, (double)resultBytes / resultItems);
            if (gathered.Length > 0 && (all || now - gatheredSince > Math.Clamp((now - began) / GatherShare, LeastGatherTime, MostGatherTime)))
            {
                uplink.Send(FrameKind.Results, Map.Number, gathered.WrittenSpan, Payload.Empty);
                gathered.Clear();
            }
        }
        if (!all && now - windowLooked < System.Diagnostics.Stopwatch.Frequency / 20_000)
            return;
        windowLooked = now;
        (long wanted, long bytes) = coordinator.WindowFor(Map, resultLength);
        if (wanted == window || (wanted <= window / 4 * 5 && wanted >= window / 4))
            return;
        window = wanted;
        uplink.Send(MapFrames.Credit(Map.Number, wanted, bytes));
    }
}
