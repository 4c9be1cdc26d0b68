using System.Buffers.Binary;

namespace PathosHpc;

/// <summary>Carries frames over any byte stream, on threads of its own, since such a stream (TLS, a tunnel, files) can only be waited for.</summary>
internal sealed class StreamCarrier : Carrier
{
    private const int CopiedUpTo = 8192;
    private readonly Stream stream;
    private readonly Action arrived;
    private readonly int longestWrite;
    private readonly FrameAssembler assembler;
    private readonly Queue<ReadOnlyMemory<byte>> outgoing = new();
    private readonly Queue<Frame> incoming = new();
    private long sequence;
    private long lastHeard = Environment.TickCount64;
    private LinkException? broken;

    /// <param name="stream">Connected, and its other side has proved itself. Disposed with this.</param>
    /// <param name="sent">Number of the first frame that will be sent.</param>
    /// <param name="received">Number of the first frame that is due.</param>
    /// <param name="longestWrite">How many bytes are given to the stream at once.</param>
    /// <param name="arrived">Called when a frame came, or the stream broke.</param>
    public StreamCarrier(Stream stream, long sent, long received, int longestWrite, Action arrived)
    {
        (this.stream, this.longestWrite, this.arrived, sequence) = (stream, longestWrite, arrived, sent);
        assembler = new FrameAssembler(received) { LongestFrame = long.MaxValue };
    }

    public override long LastHeard => Interlocked.Read(ref lastHeard);

    /// <summary>Begins to move frames.</summary>
    public void Start()
    {
        new Thread(Receive) { IsBackground = true, Name = "pathos stream in" }.Start();
        new Thread(Transmit) { IsBackground = true, Name = "pathos stream out" }.Start();
    }

    public override bool Send(FrameKind kind, int map, ReadOnlySpan<byte> head, Payload tail)
    {
        bool isShort = head.Length + tail.Length <= CopiedUpTo;
        var front = new byte[Protocol.FrameHeaderSize + head.Length + (isShort ? (int)tail.Length : 0)];
        front[0] = (byte)kind;
        BinaryPrimitives.WriteInt32LittleEndian(front.AsSpan(4), map);
        BinaryPrimitives.WriteInt64LittleEndian(front.AsSpan(16), head.Length + tail.Length);
        head.CopyTo(front.AsSpan(Protocol.FrameHeaderSize));
        int end = Protocol.FrameHeaderSize + head.Length;
        for (int i = 0; isShort && i < tail.Segments.Length; end += tail.Segments[i++].Length)
            tail.Segments[i].Span.CopyTo(front.AsSpan(end));
        lock (outgoing)
        {
            if (broken is not null)
                throw broken;
            BinaryPrimitives.WriteInt64LittleEndian(front.AsSpan(8), sequence++);
            outgoing.Enqueue(front);
            if (!isShort)
                tail.Memory?.Hold(); // for good: nobody here learns when it is sent
            for (int i = 0; !isShort && i < tail.Segments.Length; i++)
                outgoing.Enqueue(tail.Segments[i]);
            Monitor.Pulse(outgoing);
        }
        return true;
    }

    public override bool Flush() => true;

    public override bool TryReceive(out Frame frame)
    {
        lock (incoming)
        {
            if (incoming.TryDequeue(out frame))
                return true;
        }
        return broken is null ? false : throw broken;
    }

    public override void WaitToReceive(int milliseconds)
    {
        lock (incoming)
        {
            if (incoming.Count == 0 && broken is null)
                Monitor.Wait(incoming, milliseconds);
        }
    }

    public override void Dispose() => Break(new LinkException("The connection was closed on this side."));

    private void Receive()
    {
        try
        {
            while (broken is null)
            {
                int count = stream.Read(assembler.Room().Span);
                if (count == 0)
                    throw new LinkException("The other side closed the connection.");
                Interlocked.Exchange(ref lastHeard, Environment.TickCount64);
                assembler.Filled(count);
                bool any = false;
                lock (incoming)
                {
                    for (; assembler.TryTake(out Frame frame); any = true)
                        incoming.Enqueue(frame);
                    Monitor.PulseAll(incoming);
                }
                if (any)
                    arrived();
            }
        }
        catch (Exception e)
        {
            Break(e as LinkException ?? new LinkException($"The connection broke while receiving: {e.Message}", e));
        }
    }

    private void Transmit()
    {
        try
        {
            for (var gathered = new MemoryStream(); ; gathered.SetLength(0))
            {
                ReadOnlyMemory<byte> next = Take(gathered);
                stream.Write(next.IsEmpty ? gathered.GetBuffer().AsSpan(0, (int)gathered.Length) : next.Span);
                stream.Flush();
            }
        }
        catch (Exception e)
        {
            Break(e as LinkException ?? new LinkException($"The connection broke while sending: {e.Message}", e));
        }
    }

    /// <summary>Waits for what is to be written: a long segment as it is, else short ones gathered.</summary>
    private ReadOnlyMemory<byte> Take(MemoryStream gathered)
    {
        lock (outgoing)
        {
            while (outgoing.Count == 0 && broken is null)
                Monitor.Wait(outgoing);
            if (broken is not null)
                throw broken;
            while (outgoing.TryPeek(out ReadOnlyMemory<byte> next))
            {
                bool fits = next.Length <= longestWrite;
                if (gathered.Length > 0 && (!fits || gathered.Length + next.Length > longestWrite))
                    break;
                outgoing.Dequeue();
                if (!fits)
                    return next;
                gathered.Write(next.Span);
            }
            return default;
        }
    }

    private void Break(LinkException cause)
    {
        lock (outgoing)
        {
            if (broken is not null)
                return;
            broken = cause;
            Monitor.PulseAll(outgoing);
        }
        lock (incoming)
            Monitor.PulseAll(incoming);
        stream.Dispose();
        arrived();
    }
}
