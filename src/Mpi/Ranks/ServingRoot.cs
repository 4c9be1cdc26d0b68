using System.Diagnostics;

namespace PathosHpc;

/// <summary>The root of a world that a client outside it started: takes maps from the client, and passes results back.</summary>
internal sealed class ServingRoot : MpiRoot
{
    /// <summary>How long results may be gathered before they are passed on.</summary>
    private static readonly long GatherTime = Stopwatch.Frequency / 5000;

    private readonly SocketCarrier uplink;
    private readonly Dictionary<int, ServedMap> maps = [];
    private readonly RankWaiter waiter;
    private long lastLook;

    private ServingRoot(SocketCarrier uplink, MpiPort port, Doorbell bell, RankDirectory directory, RankFolder folder, Welcome welcome)
        : base(port, bell, directory, folder, welcome)
    {
        this.uplink = uplink;
        waiter = NewWaiter(uplink);
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
    public static void Serve(SocketCarrier uplink, MpiPort port, RankDirectory directory, RankFolder folder, Welcome welcome)
    {
        using var bell = new Doorbell(folder.Path, directory);
        port.Communicator.Barrier();
        new ServingRoot(uplink, port, bell, directory, folder, welcome).Run();
    }

    protected override bool Pump()
    {
        bool moved = LookAtClient();
        moved |= base.Pump();
        long now = Stopwatch.GetTimestamp();
        foreach (ServedMap map in maps.Values)
            map.PassOn(now, !moved);
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
            try
            {
                foreach (ServedMap map in maps.Values)
                    map.PassOn(0, true);
                uplink.Send(farewell.ToFrame());
                for (long until = Environment.TickCount64 + 1000; !uplink.Flush() && Environment.TickCount64 < until;)
                    Thread.Sleep(1);
            }
            catch (LinkException)
            {
                // The client is gone as well, and nobody else will remove the folder.
                Folder.Delete();
            }
            MpiEnd.Abort();
        }
    }

    protected override void BeatUpstream() => uplink.Send(new Frame(FrameKind.Beat));

    protected override void Ended()
    {
        if (Lane.IsComputing)
            MpiEnd.Exit();
    }

    /// <summary>Looks at the client's socket, which costs a system call, not more often than results are passed on unless there is nothing else.</summary>
    private bool LookAtClient()
    {
        long now = Stopwatch.GetTimestamp();
        if (now - lastLook < GatherTime / 4)
            return false;
        lastLook = now;
        bool moved = false;
        for (; !IsEnding && uplink.TryReceive(out Frame frame); moved = true)
            Handle(frame);
        return moved;
    }

    private void Handle(Frame frame)
    {
        switch (frame.Kind)
        {
            case FrameKind.Function:
                var map = new ServedMap(frame, Coordinator, uplink);
                maps.Add(frame.Map, map);
                Coordinator.Open(map.Map);
                break;
            case FrameKind.Items:
                if (maps.TryGetValue(frame.Map, out ServedMap? fed))
                    fed.Add(MapFrames.ReadItems(frame.Reader()).Block);
                break;
            case FrameKind.Cancel:
                if (maps.Remove(frame.Map, out ServedMap? ended))
                    Coordinator.Close(ended.Map);
                break;
            case FrameKind.Bye:
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
