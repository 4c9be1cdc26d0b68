using System.Runtime.InteropServices;

namespace PathosHpc;

/// <summary>Rank 0: deals items to all ranks, itself included, and passes on what they say.</summary>
/// <remarks>Whose maps it deals is its owner's business: the client's that dialled in (<see cref="ServingRoot"/>), or this process's own
/// (<see cref="SpmdRoot"/>).</remarks>
internal abstract class MpiRoot : RankLoop
{
    /// <summary>How often a root that computes looks: the other ranks wait for it.</summary>
    public const int RootLookMilliseconds = 2;

    private readonly MpiPort port;
    private readonly Doorbell bell;
    private readonly RankDirectory directory;
    private readonly OwnLink? own;
    private readonly RankLink[] links;
    private readonly long[] lastHeard;
    private readonly Silence[] silences;
    private readonly int heartbeatMilliseconds;
    private readonly int parent = ParentProcess.Id;
    private readonly LinkAnswers answers;
    private List<ComputedBlock> gathered = [], accepted = [];
    private int gatheredMap;
    private long lastBeat = Environment.TickCount64;
    private volatile bool dealWanted;

    protected MpiRoot(MpiPort port, Doorbell bell, RankDirectory directory, RankFolder folder, Welcome welcome, double aheadSeconds = Coordinator.NearSeconds)
    {
        (this.port, this.bell, this.directory, heartbeatMilliseconds) = (port, bell, directory, welcome.HeartbeatMilliseconds);
        Folder = folder;
        Lane = new Lane(directory.Identity, RankFolder.Mark(welcome, 0));
        Coordinator = new Coordinator(WorkCame) { AheadSeconds = aheadSeconds };
        answers = new LinkAnswers(Coordinator);
        Output = new OwnOutput(this);
        links = new RankLink[directory.Size - 1];
        lastHeard = new long[directory.Size];
        silences = new Silence[directory.Size];
        for (int rank = 0; rank < directory.Size; rank++)
        {
            lastHeard[rank] = Environment.TickCount64;
            silences[rank] = new Silence(heartbeatMilliseconds);
            if (rank > 0)
                links[rank - 1] = new RankLink(new MpiCarrier(port, bell, rank), LinksInAll(welcome)) { FirstRank = rank, Width = 1 };
        }
        if (welcome.RootComputes || directory.Size == 1)
            Coordinator.Add(own = new OwnLink(LoadOwn, LoadOwnPart, (map, chunk, mayReturn) => Enqueue(map.Number, chunk, mayReturn), map => Forget(map.Number)) { FirstRank = 0, Width = 1 });
        foreach (RankLink link in links)
            Coordinator.Add(link);
    }

    protected Coordinator Coordinator { get; }

    protected RankFolder Folder { get; }

    protected override ComputeOutput Output { get; }

    /// <summary>A waiter for this root; <paramref name="client"/> is the client's connection, if there is one.</summary>
    protected RankWaiter NewWaiter(SocketCarrier? client) => new(bell, port, PumpOnce, PumpBesideItem, client, directory.LocalSize, directory.AllLocal, LookMilliseconds);

    protected override int LookMilliseconds => RootLookMilliseconds;

    protected override bool Doze(int milliseconds, bool mayBeCalled) => mayBeCalled && Lane.IsComputing ? bell.Doze(milliseconds) : base.Doze(milliseconds, mayBeCalled);

    /// <summary>A rank, or this one, says something that is not for the coordinator: output, log events.</summary>
    protected abstract void PassOn(Frame frame);

    /// <summary>The world cannot go on.</summary>
    protected abstract void WorldLost(Farewell farewell);

    protected override bool Pump()
    {
        bool moved = false;
        try
        {
            AcceptGathered();
            while (!IsEnding && port.TryReceive(out int rank, out Frame frame))
            {
                moved = true;
                lastHeard[rank] = Environment.TickCount64;
                Handle(links[rank - 1], frame);
            }
            if (dealWanted)
            {
                dealWanted = false;
                moved = true;
                Coordinator.Deal();
            }
            port.Progress();
            Beat();
        }
        catch (MpiException e)
        {
            WorldLost(new Farewell(FarewellReason.RankLost, e.Message));
        }
        return moved;
    }

    protected override void Tick()
    {
        if (ParentProcess.Id != parent)
            WorldLost(new Farewell(FarewellReason.RankLost, "The launcher is gone."));
        long now = Environment.TickCount64;
        for (int rank = 1; rank < lastHeard.Length; rank++)
        {
            if (silences[rank].IsTooLong(Interlocked.Read(ref lastHeard[rank])))
                WorldLost(new Farewell(FarewellReason.RankLost, $"Rank {rank} (process {directory.Ranks[rank].ProcessId} on {directory.Ranks[rank].Node}) gave no sign of life for {heartbeatMilliseconds / 1000.0:0.#} s (HeartbeatTimeout).", rank));
        }
        if (now - lastBeat < heartbeatMilliseconds / 4)
            return;
        PumpBesideItem();
    }

    protected override void LaneLost(LaneVerdict verdict)
    {
        lock (Baton)
        {
            if (verdict.Failure is { } failure && own is not null)
                Coordinator.Accept(own, verdict.Map, failure);
            WorldLost(verdict.Farewell(0));
        }
    }

    protected override void LinkLost(LinkException cause) => WorldLost(new Farewell(FarewellReason.RankLost, cause.Message));

    /// <summary>Tells all ranks to end.</summary>
    protected void EndRanks()
    {
        foreach (RankLink link in links)
            link.Send(new Farewell(FarewellReason.Done).ToFrame());
        for (long until = Environment.TickCount64 + 2000; !port.Progress() && Environment.TickCount64 < until;)
            Thread.Yield();
        End();
    }

    private void Handle(RankLink link, Frame frame)
    {
        if (answers.TryTake(link, frame))
            return;
        switch (frame.Kind)
        {
            case FrameKind.Output or FrameKind.Log:
                PassOn(frame);
                break;
            case FrameKind.Bye:
                WorldLost(Farewell.Read(frame));
                break;
            default:
                throw new LinkException($"A frame of kind {frame.Kind} came from rank {link.FirstRank}, which the root does not expect.");
        }
    }

    protected override bool HoldsFrames => port.IsBusy;

    /// <summary>Whether what comes for the ranks had better wait until they have taken what is under way.</summary>
    protected bool IsCrowded => port.IsCrowded;

    private int LinksInAll(Welcome welcome) => directory.Size - (welcome.RootComputes || directory.Size == 1 ? 0 : 1);

    private void LoadOwn(CoordinatedMap map)
    {
        Load(map.Number, map.Function!.Start, out Exception? failure);
        map.Function.Went(links.Length + 1);
        if (failure is not null)
            map.Sink.Abort(failure);
    }

    private void LoadOwnPart(CoordinatedMap map, Payload part)
    {
        LoadPart(map.Number, part, out Exception? failure);
        if (failure is not null)
            map.Sink.Abort(failure);
    }

    private void Beat()
    {
        long now = Environment.TickCount64;
        if (now - lastBeat < heartbeatMilliseconds / 4)
            return;
        lastBeat = now;
        foreach (RankLink link in links)
            link.Send(new Frame(FrameKind.Beat));
        BeatUpstream();
    }

    /// <summary>It is time for a sign of life to the client, if there is one.</summary>
    protected virtual void BeatUpstream() { }

    private void WorkCame()
    {
        dealWanted = true;
        if (!Baton.IsHeldByCurrentThread)
            bell.Ring(0);
    }

    /// <summary>Hands over what this rank computed itself.</summary>
    private void AcceptGathered()
    {
        if (gathered.Count == 0)
            return;
        (gathered, accepted) = (accepted, gathered);
        try
        {
            Coordinator.Accept(own!, gatheredMap, CollectionsMarshal.AsSpan(accepted));
        }
        finally
        {
            accepted.Clear();
        }
    }

    private sealed class OwnOutput(MpiRoot root) : ComputeOutput
    {
        public override void Results(int map, Block results, RankWork work)
        {
            lock (root.Baton)
            {
                if (root.gatheredMap != map)
                    root.AcceptGathered();
                root.gatheredMap = map;
                root.gathered.Add(new ComputedBlock(results, work));
                if (!root.MayGather(work))
                    root.AcceptGathered();
            }
        }

        public override void Failure(int map, ItemFailure failure)
        {
            lock (root.Baton)
            {
                root.AcceptGathered();
                root.Coordinator.Accept(root.own!, map, failure);
            }
        }

        public override void Returned(int map, long first, int count)
        {
            lock (root.Baton)
            {
                root.AcceptGathered();
                root.Coordinator.TakeBack(root.own!, map, first, count);
            }
        }
    }
}
