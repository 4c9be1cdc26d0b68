namespace PathosHpc;

/// <summary>The root of a world that runs one program on all ranks: the maps are this process's own.</summary>
internal sealed class SpmdRoot : MpiRoot
{
    private readonly RankWaiter waiter;
    private readonly RankOutput output;

    public SpmdRoot(MpiPort port, Doorbell bell, RankDirectory directory, RankFolder folder, Welcome welcome, RankOutput output)
        : base(port, bell, directory, folder, welcome)
    {
        this.output = output;
        waiter = NewWaiter(null);
    }

    /// <summary>Where maps are opened.</summary>
    public Coordinator Maps => Coordinator;

    /// <summary>Tells all ranks to end, and this one's loop.</summary>
    public void Finish()
    {
        lock (Baton)
            EndRanks();
    }

    protected override void WaitForFrames(bool isIdle) => waiter.Wait(isIdle ? IdleTime() : TimeSpan.Zero, besideItem: !isIdle);

    protected override bool MayBeReplaced => false;

    protected override void PassOn(Frame frame)
    {
        if (frame.Kind == FrameKind.Output)
            (Coordinator.OutputOf(frame.Map) ?? output).Write(MapFrames.ReadOutput(frame));
        else
            RankLog.Replay(frame);
    }

    /// <summary>An SPMD job cannot start its ranks again: it ends, and says why.</summary>
    protected override void WorldLost(Farewell farewell)
    {
        MpiProcessEnd.Say($"The world ends: {farewell.Text}");
        MpiEnd.Abort();
    }
}
