namespace PathosHpc;

/// <summary>A rank other than the root.</summary>
internal sealed class MpiLeaf : LeafRank
{
    private const int Root = 0;
    private readonly MpiPort port;
    private readonly RankWaiter waiter;
    private readonly MpiCarrier carrier;
    private readonly Doorbell bell;
    private readonly RankFolder folder;
    private readonly int heartbeatMilliseconds;
    private readonly bool isSpmd;
    private readonly int parent = ParentProcess.Id;
    private readonly Silence silence;
    private bool hasCalled;

    private MpiLeaf(MpiPort port, MpiCarrier carrier, Doorbell bell, RankDirectory directory, RankFolder folder, Welcome welcome)
        : base(carrier, directory.Identity, RankFolder.Mark(welcome, directory.Rank), welcome.HeartbeatMilliseconds)
    {
        (this.port, this.carrier, this.bell, this.folder, heartbeatMilliseconds) = (port, carrier, bell, folder, welcome.HeartbeatMilliseconds);
        silence = new Silence(heartbeatMilliseconds);
        isSpmd = welcome.RunningPath.Length == 0;
        waiter = new RankWaiter(bell, port, PumpOnce, PumpBesideItem, null, directory.LocalSize, directory.AllLocal, LookMilliseconds);
    }

    /// <summary>Serves the root until it says goodbye.</summary>
    public static void Serve(MpiPort port, RankDirectory directory, RankFolder folder, Welcome welcome)
    {
        var bell = new Doorbell(folder.Path, directory);
        port.Communicator.Barrier();
        if (folder.IsTemporary)
            folder.Delete();
        var leaf = new MpiLeaf(port, new MpiCarrier(port, bell, Root), bell, directory, folder, welcome);
        leaf.Run();
        // Otherwise this process ends now, and its sockets with it.
        if (leaf.isSpmd)
            bell.Dispose();
    }

    protected override bool MayBeReplaced => !isSpmd;

    protected override bool HoldsFrames => port.IsBusy;

    /// <summary>A root that computes sees results when it looks; that is too late where this rank will have nothing to do by then.</summary>
    protected override void SentResults(RankWork work)
    {
        if (Queued * work.BusyNanoseconds < MpiRoot.RootLookMilliseconds * 1_000_000L)
            bell.RingComputing(Root);
    }

    protected override void WaitForFrames(bool isIdle)
    {
        TimeSpan idle = isIdle ? IdleTime() : TimeSpan.Zero;
        if (idle < RankWaiter.SpinTime)
            hasCalled = false;
        else if (!hasCalled)
        {
            hasCalled = true;
            bell.RingDozing(Root);
        }
        waiter.Wait(idle, besideItem: !isIdle);
    }

    protected override void Tick()
    {
        if (ParentProcess.Id != parent)
            LinkLost(new LinkException("The launcher is gone."));
        if (silence.IsTooLong(carrier.LastHeard))
            LinkLost(new LinkException("The root gave no sign of life."));
        base.Tick();
    }

    protected override void LinkLost(LinkException cause)
    {
        if (IsEnding)
            return;
        MpiProcessEnd.Say($"Rank {Lane.Identity.Rank} of {Lane.Identity.Size} ends all ranks: {cause.Message}");
        folder.Delete();
        MpiEnd.Abort();
    }

    /// <summary>The root ends the world when it has read the farewell; should it not, this rank does.</summary>
    protected override void Abandon()
    {
        Thread.Sleep(heartbeatMilliseconds);
        MpiEnd.Abort();
    }

    protected override void Ended()
    {
        folder.RemoveMarks();
        if (Lane.IsComputing)
            MpiEnd.Exit();
    }
}
