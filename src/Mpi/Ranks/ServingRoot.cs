using System.Diagnostics;

namespace PathosHpc;

/// <summary>The root of a world that a client outside it started: takes maps from the client, and passes results back.</summary>
internal sealed class ServingRoot : MpiRoot
{
    /// <summary>How often the client is looked at while other things move.</summary>
    private static readonly long LookTime = Stopwatch.Frequency / 20_000;

    /// <summary>How long the ranks of a job go on while the way to their client is broken, where items and results are small enough to be kept here. It also
    /// covers the time that items take on a long way.</summary>
    private const double OutageSeconds = 30;

    private readonly Carrier uplink;
    private readonly ServedMaps maps;
    private readonly RankWaiter waiter;
    private readonly IdleLimit? idle;
    private readonly Action<Farewell> note;
    private long lastLook;

    private ServingRoot(Carrier uplink, MpiPort port, Doorbell bell, RankDirectory directory, RankFolder folder, Welcome welcome, IdleLimit? idle, Action<Farewell> note)
        : base(port, bell, directory, folder, welcome, uplink is Session ? OutageSeconds : Coordinator.NearSeconds)
    {
        (this.uplink, this.idle, this.note) = (uplink, idle, note);
        maps = new ServedMaps(Coordinator, frame => new ServedMap(frame, Coordinator, uplink), recycles: true);
        waiter = NewWaiter(uplink as SocketCarrier);
        if (uplink is Session session)
            session.Arrived = () => bell.Ring(0);
        RankConsole.Capture(0, line =>
        {
            lock (Baton)
                SendUp(MapFrames.Output(Lane.Map, line));
        });
        RankLog.Capture(0, frame =>
        {
            lock (Baton)
                SendUp(frame);
        });
    }

    /// <summary>Serves the client until it says goodbye.</summary>
    public static void Serve(Carrier uplink, MpiPort port, RankDirectory directory, RankFolder folder, Welcome welcome) =>
        Serve(uplink, port, directory, folder, welcome, null, static _ => { });

    /// <summary>The same within a job.</summary>
    /// <param name="idle">How long there may be no map; null for ever.</param>
    /// <param name="note">Told why the world ends, before it does: nobody else may live who could be.</param>
    public static void Serve(Carrier uplink, MpiPort port, RankDirectory directory, RankFolder folder, Welcome welcome, IdleLimit? idle, Action<Farewell> note)
    {
        // Not disposed: its sockets end with this process.
        var bell = new Doorbell(folder.Path, directory);
        port.Communicator.Barrier();
        if (folder.IsTemporary)
            folder.Delete();
        new ServingRoot(uplink, port, bell, directory, folder, welcome, idle, note).Run();
    }

    protected override void Tick()
    {
        base.Tick();
        if (idle is null)
            return;
        lock (Baton)
        {
            if (!idle.IsOver(maps.Count) || IsEnding)
                return;
            LeaveWord(new Farewell(FarewellReason.Idle, $"There was no map for {idle.Limit.TotalSeconds:0.#} s (IdleTimeout)."));
            EndRanks();
        }
    }

    protected override bool Pump()
    {
        long now = Stopwatch.GetTimestamp();
        bool moved = LookAtClient(now);
        moved |= base.Pump();
        foreach (ServedMap map in maps.All)
            map.PassOn(now, !moved && !HasWork);
        uplink.Flush();
        return moved;
    }

    protected override void WaitForFrames(bool isIdle)
    {
        lastLook = 0;
        waiter.Wait(isIdle ? IdleTime() : TimeSpan.Zero, besideItem: !isIdle);
    }

    protected override void PassOn(Frame frame) => SendUp(frame);

    protected override void WorldLost(Farewell farewell)
    {
        lock (Baton)
        {
            LeaveWord(farewell);
            MpiEnd.Abort();
        }
    }

    /// <summary>Tells whoever can hear it why the world ends.</summary>
    private void LeaveWord(Farewell farewell)
    {
        note(farewell);
        try
        {
            foreach (ServedMap map in maps.All)
                map.PassOn(0, true);
            uplink.Send(farewell.ToFrame());
            for (long until = Environment.TickCount64 + 1000; !uplink.Flush() && Environment.TickCount64 < until;)
            {
                // A session is told what came by frames.
                if (uplink is Session && uplink.TryReceive(out _))
                    continue;
                Thread.Sleep(1);
            }
        }
        catch (LinkException)
        {
            // The client is gone as well, and nobody else will remove the folder.
            Folder.Delete();
        }
    }

    protected override void LinkLost(LinkException cause) =>
        WorldLost(new Farewell(uplink is Session { IsOver: true } ? FarewellReason.ClientLost : FarewellReason.RankLost, cause.Message));

    protected override void BeatUpstream() => uplink.Send(new Frame(FrameKind.Beat));

    protected override void Ended()
    {
        Folder.RemoveMarks();
        if (Lane.IsComputing)
            MpiEnd.Exit();
    }

    /// <summary>Looks at the client's socket, which costs a system call, not more often than that unless there is nothing else.</summary>
    private bool LookAtClient(long now)
    {
        if (now - lastLook < LookTime)
            return false;
        lastLook = now;
        bool moved = false;
        for (; !IsEnding && !IsCrowded && uplink.TryReceive(out Frame frame); moved = true)
            Handle(frame);
        return moved;
    }

    private void Handle(Frame frame)
    {
        if (maps.TryHandle(frame))
            return;
        switch (frame.Kind)
        {
            case FrameKind.Bye:
                note(Farewell.Read(frame));
                EndRanks();
                break;
            case FrameKind.Beat:
                break;
            default:
                throw new LinkException($"A frame of kind {frame.Kind} came from the client, which the root does not expect.");
        }
    }

    private void SendUp(Frame frame) => uplink.Send(frame);
}
