namespace PathosHpc;

/// <summary>Frames between two processes that outlive the streams they travel over: each is kept until the other side has told that it came,
/// and a new stream goes on where the last one broke. While there is none, frames wait.</summary>
/// <remarks>Both sides number the frames that they send, and count those that came. An <see cref="FrameKind.Ack"/> frame tells the count. It is a
/// frame like any other, and is never answered by itself.</remarks>
internal sealed class Session(Guid id) : Carrier
{
    private const int AckFrames = 64, AckBytes = 1 << 20, AckMilliseconds = 100, BeatMilliseconds = 5000;

    /// <summary>A stream that is silent for so long is given up; its other side beats four times as often.</summary>
    private const int StreamPatience = 4 * BeatMilliseconds;
    private readonly object gate = new(); // waited on
    private readonly Queue<Frame> kept = new();
    private Silence silence = new(StreamPatience);
    private long keptFrom, sent, received, told, lastOfWeight = -1;
    private long untoldBytes, untoldSince, lastSent, arrivals, seen;
    private Carrier? carrier;
    private LinkException? over;

    /// <summary>What no other session is called.</summary>
    public Guid Id => id;

    /// <summary>What the frames travel over now, for people; null while there is nothing.</summary>
    public string? Way { get; private set; }

    /// <summary>Whether the way is made of files: those are slow to show at times, so silence means nothing.</summary>
    public bool IsOverFiles { get; private set; }

    /// <summary>Called when frames may have come.</summary>
    public Action Arrived { get; set; } = static () => { };

    /// <summary>Called when the way is lost that frames travelled over, or the session ends, with the reason.</summary>
    public Action<string> Broken { get; set; } = static _ => { };

    public override long LastHeard => carrier?.LastHeard ?? Environment.TickCount64;

    /// <summary>Whether it has ended.</summary>
    public bool IsOver => over is not null;

    public override bool Send(FrameKind kind, int map, ReadOnlySpan<byte> head, Payload tail)
    {
        tail.Memory?.Hold(); // for good: a new stream may have to carry it again
        var frame = new Frame(kind, map, head.IsEmpty ? tail : new Payload([head.ToArray(), .. tail.Segments]));
        lock (gate)
        {
            if (over is not null)
                throw over;
            Push(frame);
        }
        return true;
    }

    /// <summary>Whether everything is known to have come, or nobody is there to tell.</summary>
    public override bool Flush()
    {
        lock (gate)
            return keptFrom > lastOfWeight || carrier is null;
    }

    public override bool TryReceive(out Frame frame)
    {
        lock (gate)
        {
            while (carrier is { } its)
            {
                try
                {
                    if (!its.TryReceive(out frame))
                        break;
                }
                catch (LinkException e)
                {
                    Lose(its, e.Message);
                    break;
                }
                received++;
                if (frame.Kind == FrameKind.Ack)
                {
                    Forget(frame.Reader().ReadInt64());
                    continue;
                }
                Count(frame);
                return true;
            }
            frame = default;
            return over is null ? false : throw over;
        }
    }

    public override void WaitToReceive(int milliseconds)
    {
        lock (gate)
        {
            if (arrivals == seen)
                Monitor.Wait(gate, milliseconds);
            seen = arrivals;
        }
        Keep();
    }

    /// <summary>Tells what came, beats, and gives up a stream that is silent; to be called several times a second.</summary>
    public void Keep()
    {
        lock (gate)
        {
            if (carrier is null || over is not null)
                return;
            long now = Environment.TickCount64;
            if (received > told && untoldBytes > 0 && now - untoldSince > AckMilliseconds)
                Tell();
            if (now - lastSent > BeatMilliseconds)
                Push(new Frame(FrameKind.Beat));
            // What was just sent may have met a break.
            if (carrier is { } its && silence.IsTooLong(its.LastHeard) && !IsOverFiles)
                Lose(its, $"nothing came for {StreamPatience / 1000} s");
        }
    }

    /// <summary>Lets go of the way that frames travel over, if there is one.</summary>
    /// <returns>How many frames have come, which is what the other side needs to know to go on.</returns>
    public long Detach()
    {
        lock (gate)
        {
            carrier?.Dispose();
            (carrier, Way, IsOverFiles) = (null, null, false);
            return received;
        }
    }

    /// <summary>Goes on over a new stream; nothing may have been received since <see cref="Detach"/>.</summary>
    /// <param name="stream">Connected and proved.</param>
    /// <param name="peerReceived">How many frames have come on the other side.</param>
    /// <param name="way">What it is, for people.</param>
    /// <param name="isFiles">Whether it is made of files, which may be slow to show, so that silence means nothing.</param>
    public void Attach(Stream stream, long peerReceived, string way, bool isFiles)
    {
        lock (gate)
        {
            if (peerReceived > sent)
                End(new LinkException($"The other side has {peerReceived} frames of a session in which {sent} were sent; it is another one's."));
            // Fewer than it has acknowledged: this was said before, on a stream that it has left since.
            if (over is not null || peerReceived < keptFrom)
            {
                stream.Dispose();
                return;
            }
            carrier?.Dispose();
            Forget(peerReceived);
            var next = new StreamCarrier(stream, peerReceived, received, isFiles ? FolderStream.LongestPiece : 1 << 16, Wake);
            (carrier, Way, IsOverFiles, silence, lastSent) = (next, way, isFiles, new Silence(StreamPatience), Environment.TickCount64);
            foreach (Frame frame in kept)
                next.Send(frame);
            next.Start();
        }
        Wake();
    }

    /// <summary>Ends the session: whoever uses it is told why.</summary>
    public void End(LinkException why)
    {
        lock (gate)
        {
            if (over is not null)
                return;
            over = why;
            Detach();
            Broken(why.Message);
        }
        Wake();
    }

    public override void Dispose() => End(new LinkException("The session was ended on this side."));

    private void Push(Frame frame)
    {
        kept.Enqueue(frame);
        if (frame.Kind is not (FrameKind.Ack or FrameKind.Beat))
            lastOfWeight = sent;
        sent++;
        lastSent = Environment.TickCount64;
        try
        {
            carrier?.Send(frame);
        }
        catch (LinkException e)
        {
            Lose(carrier!, e.Message);
        }
    }

    private void Count(Frame frame)
    {
        if (untoldBytes == 0)
            untoldSince = Environment.TickCount64;
        untoldBytes += Protocol.FrameHeaderSize + frame.Body.Length;
        if (untoldBytes > AckBytes || received - told > AckFrames || frame.Kind == FrameKind.Bye)
            Tell();
    }

    private void Tell()
    {
        (told, untoldBytes) = (received, 0);
        var writer = new PayloadWriter();
        writer.WriteInt64(received);
        Push(new Frame(FrameKind.Ack, 0, writer.Detach()));
    }

    private void Forget(long upTo)
    {
        if (upTo > sent)
            throw new LinkException($"The other side says that {upTo} frames came, of {sent} that were sent.");
        for (; keptFrom < upTo; keptFrom++)
            kept.Dequeue();
    }

    private void Lose(Carrier its, string why)
    {
        its.Dispose();
        if (carrier != its)
            return;
        (carrier, Way, IsOverFiles) = (null, null, false);
        Broken(why);
    }

    private void Wake()
    {
        lock (gate)
        {
            arrivals++;
            Monitor.PulseAll(gate);
        }
        Arrived();
    }
}
