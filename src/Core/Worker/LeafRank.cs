namespace PathosHpc;

/// <summary>A rank that computes for whoever is at the other end of one carrier.</summary>
internal abstract class LeafRank : RankLoop
{
    private readonly Carrier uplink;
    private readonly int beatMilliseconds;
    private readonly PayloadReader reader = new(Payload.Empty);
    private readonly PayloadWriter gathered = new(ItemsBatch.LongestBatch + (2 * ItemsBatch.LongestChunk));
    private int gatheredMap, gatheredChunks;
    private long lastSent = Environment.TickCount64;

    protected LeafRank(Carrier uplink, RankIdentity identity, RunningMark? mark, int heartbeatMilliseconds)
    {
        this.uplink = uplink;
        beatMilliseconds = Math.Clamp(heartbeatMilliseconds / 4, 10, 5000);
        Lane = new Lane(identity, mark);
        Output = new FrameOutput(this);
        RankConsole.Capture(identity.Rank, line => Send(MapFrames.Output(Lane.Map, line)));
        RankLog.Capture(identity.Rank, Send);
    }

    protected override ComputeOutput Output { get; }

    protected override bool Pump()
    {
        SendGathered();
        uplink.Flush();
        bool moved = false;
        for (; uplink.TryReceive(out Frame frame); moved = true)
            Handle(frame);
        BeatIfDue();
        return moved;
    }

    protected override void Tick()
    {
        if (Environment.TickCount64 - Interlocked.Read(ref lastSent) < beatMilliseconds)
            return;
        lock (Baton)
            Guarded(BeatIfDue);
    }

    /// <summary>Sends a frame; takes the baton. Once this rank was told to end, nobody waits for what an item still brings.</summary>
    protected void Send(Frame frame)
    {
        if (IsEnding)
            return;
        lock (Baton)
            Guarded(() => SendLocked(frame));
    }

    protected override void LaneLost(LaneVerdict verdict)
    {
        lock (Baton)
        {
            Guarded(() =>
            {
                if (verdict.Failure is { } failure)
                    SendLocked(MapFrames.Failure(verdict.Map, failure));
                SendLocked(verdict.Farewell(Lane.Identity.Rank).ToFrame());
                for (int i = 0; i < 1000 && !uplink.Flush(); i++)
                    Thread.Sleep(1);
            });
        }
        Abandon();
    }

    /// <summary>Ends this process at once, since one of its threads cannot be ended.</summary>
    protected abstract void Abandon();

    /// <summary>What came in a frame is this rank's alone. A root's own chunk is not: its coordinator deals what is given back to others.</summary>
    protected override void Computed(Block chunk) => (chunk as EncodedBlock)?.Values.Recycle();

    private void Handle(Frame frame)
    {
        switch (frame.Kind)
        {
            case FrameKind.Function:
                if (Load(frame.Map, frame.Body, out Exception? refusal))
                    SendLocked(MapFrames.FunctionReady(frame.Map, refusal));
                break;
            case FrameKind.FunctionPart:
                if (LoadPart(frame.Map, frame.Body, out Exception? late))
                    SendLocked(MapFrames.FunctionReady(frame.Map, late));
                frame.Body.Recycle();
                break;
            case FrameKind.Items:
                reader.Reset(frame.Body);
                bool isAlone = true;
                do
                {
                    (EncodedBlock block, bool mayReturn) = MapFrames.ReadItems(reader);
                    if (isAlone &= reader.Remaining == 0)
                        block.Values.Adopt(frame.Body);
                    Enqueue(frame.Map, block, mayReturn);
                }
                while (reader.Remaining > 0);
                break;
            case FrameKind.Cancel:
                Forget(frame.Map);
                break;
            case FrameKind.Bye:
                End();
                break;
            case FrameKind.Beat:
                break;
            default:
                throw new LinkException($"A frame of kind {frame.Kind} came, which a worker does not expect.");
        }
    }

    private void SendLocked(Frame frame)
    {
        SendGathered();
        uplink.Send(frame);
        Interlocked.Exchange(ref lastSent, Environment.TickCount64);
    }

    /// <summary>Keeps results for the next frame. Half of what was queued is enough for one: the other half is computed while more is on its way.</summary>
    private void Gather(int map, EncodedBlock results, RankWork work)
    {
        if (gatheredMap != map)
            SendGathered();
        gatheredMap = map;
        MapFrames.WriteResultsHeader(gathered, results, work);
        gathered.WriteBytes(results.Values);
        if (++gatheredChunks < Queued && gathered.Length <= ItemsBatch.LongestBatch)
            return;
        SendGathered();
        SentResults(work);
    }

    private void SendGathered()
    {
        if (gatheredChunks == 0)
            return;
        gatheredChunks = 0;
        uplink.Send(FrameKind.Results, gatheredMap, gathered.WrittenSpan, Payload.Empty);
        gathered.Clear();
        Interlocked.Exchange(ref lastSent, Environment.TickCount64);
    }

    /// <summary>Results are on their way. Under the baton.</summary>
    /// <param name="work">What the last of them took.</param>
    protected virtual void SentResults(RankWork work) { }

    private void BeatIfDue()
    {
        if (Environment.TickCount64 - lastSent >= beatMilliseconds)
            SendLocked(new Frame(FrameKind.Beat));
    }

    private void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (LinkException e)
        {
            LinkLost(e);
        }
    }

    private sealed class FrameOutput(LeafRank rank) : ComputeOutput
    {
        public override void Results(int map, Block results, RankWork work)
        {
            lock (rank.Baton)
            {
                try
                {
                    if (rank.MayGather(work) && results.Bytes <= ItemsBatch.LongestChunk)
                    {
                        rank.Gather(map, (EncodedBlock)results, work);
                        return;
                    }
                    rank.SendGathered();
                    MapFrames.SendResults(rank.uplink, map, (EncodedBlock)results, work);
                    Interlocked.Exchange(ref rank.lastSent, Environment.TickCount64);
                    rank.SentResults(work);
                }
                catch (LinkException e)
                {
                    rank.LinkLost(e);
                }
            }
        }

        public override void Failure(int map, ItemFailure failure) => rank.Send(MapFrames.Failure(map, failure));

        public override void Returned(int map, long first, int count) => rank.Send(MapFrames.Returned(map, first, count));
    }
}
