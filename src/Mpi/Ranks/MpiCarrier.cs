namespace PathosHpc;

/// <summary>Carries frames between this rank and the root.</summary>
internal sealed class MpiCarrier(MpiPort port, Doorbell bell) : Carrier
{
    private const int Root = 0;

    public override long LastHeard => lastHeard;

    private long lastHeard = Environment.TickCount64;

    public override bool Send(Frame frame)
    {
        Guarded(() => port.Send(Root, frame));
        bell.Ring(Root);
        return !port.IsBusy;
    }

    public override bool Flush()
    {
        bool done = false;
        Guarded(() => done = port.Progress());
        return done;
    }

    public override bool TryReceive(out Frame frame)
    {
        try
        {
            if (!port.TryReceive(out _, out frame))
                return false;
            lastHeard = Environment.TickCount64;
            return true;
        }
        catch (MpiException e)
        {
            throw new LinkException(e.Message, e);
        }
    }

    public override void Dispose() { }

    private static void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (MpiException e)
        {
            throw new LinkException(e.Message, e);
        }
    }
}
