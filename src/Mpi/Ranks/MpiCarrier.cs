namespace PathosHpc;

/// <summary>Carries frames between this rank and one other; under the baton. On the root, which has many, frames come in through its port.</summary>
internal sealed class MpiCarrier(MpiPort port, Doorbell bell, int other) : Carrier
{
    private long lastHeard = Environment.TickCount64;

    public override long LastHeard => Interlocked.Read(ref lastHeard);

    public override bool Send(FrameKind kind, int map, ReadOnlySpan<byte> head, Payload tail)
    {
        try
        {
            port.Send(other, kind, map, head, tail);
        }
        catch (MpiException e)
        {
            throw new LinkException(e.Message, e);
        }
        bool isBusy = port.IsBusy;
        // A rank that computes looks for more to compute by itself; but what is long goes on only while it looks.
        if (!isBusy && kind is (FrameKind.Items or FrameKind.Results or FrameKind.Beat))
            bell.RingIdle(other);
        else
            bell.Ring(other);
        return !isBusy;
    }

    public override bool Flush()
    {
        try
        {
            return port.Progress();
        }
        catch (MpiException e)
        {
            throw new LinkException(e.Message, e);
        }
    }

    public override bool TryReceive(out Frame frame)
    {
        try
        {
            if (!port.TryReceive(out _, out frame))
                return false;
        }
        catch (MpiException e)
        {
            throw new LinkException(e.Message, e);
        }
        Interlocked.Exchange(ref lastHeard, Environment.TickCount64);
        return true;
    }

    public override void Dispose() { }
}
