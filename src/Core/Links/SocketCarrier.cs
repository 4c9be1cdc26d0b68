using System.Buffers.Binary;
using System.Net.Sockets;

namespace PathosHpc;

/// <summary>Carries frames over a connected stream socket without ever blocking: what the socket does not take now waits in a queue.</summary>
/// <remarks>Sending is safe from any thread; receiving is for one thread at a time.</remarks>
internal sealed class SocketCarrier : Carrier
{
    private const int LocalBuffer = 1 << 20;
    private readonly Socket socket;
    private readonly FrameAssembler assembler = new();
    private readonly Lock sending = new();
    private readonly Fifo<Waiting> queue = new();
    private readonly byte[] small = GC.AllocateUninitializedArray<byte>(1 << 16);
    private int smallStart, smallEnd, headSent;
    private long sequence;
    private long lastHeard = Environment.TickCount64;

    public SocketCarrier(Socket socket)
    {
        this.socket = socket;
        socket.Blocking = false;
        // Between processes of one machine every bufferful is a change of threads; over a network the system sizes buffers better itself.
        if (socket.AddressFamily == AddressFamily.Unix)
            socket.SendBufferSize = LocalBuffer;
    }

    /// <summary>The connection.</summary>
    public Socket Socket => socket;

    /// <summary>Bytes accepted for sending that the socket has not taken yet.</summary>
    public long Queued { get; private set; }

    /// <inheritdoc/>
    public override long LastHeard => Interlocked.Read(ref lastHeard);

    /// <summary>The other side has proved itself: frames may be long now.</summary>
    public void Trust() => assembler.LongestFrame = long.MaxValue;

    /// <inheritdoc/>
    public override bool Send(FrameKind kind, int map, ReadOnlySpan<byte> head, Payload tail)
    {
        lock (sending)
        {
            Span<byte> header = stackalloc byte[Protocol.FrameHeaderSize];
            header.Clear();
            header[0] = (byte)kind;
            BinaryPrimitives.WriteInt32LittleEndian(header[4..], map);
            BinaryPrimitives.WriteInt64LittleEndian(header[8..], sequence++);
            BinaryPrimitives.WriteInt64LittleEndian(header[16..], head.Length + tail.Length);
            Append(header);
            Append(head);
            int left = tail.Segments.Length;
            foreach (ReadOnlyMemory<byte> segment in tail.Segments)
            {
                left--;
                if (segment.Length <= 8192)
                    Append(segment.Span);
                else
                    Enqueue(segment, left == 0 && tail.IsGivenAway ? tail : null, tail.Memory);
            }
            return FlushLocked();
        }
    }

    /// <inheritdoc/>
    public override bool Flush()
    {
        lock (sending)
            return FlushLocked();
    }

    /// <inheritdoc/>
    public override bool TryReceive(out Frame frame)
    {
        while (!assembler.TryTake(out frame))
        {
            int count = SocketCalls.Receive(socket, assembler.Room().Span);
            if (count < 0)
                return false;
            if (count == 0)
                throw new LinkException("The other side closed the connection.");
            Interlocked.Exchange(ref lastHeard, Environment.TickCount64);
            assembler.Filled(count);
        }
        return true;
    }

    /// <inheritdoc/>
    public override void WaitToReceive(int milliseconds) => Wait(milliseconds, receive: true, send: false);

    /// <inheritdoc/>
    public override void WaitToSend(int milliseconds) => Wait(milliseconds, receive: false, send: true);

    /// <summary>Waits until something can be received, or some of what is queued can be sent.</summary>
    /// <param name="also">Another socket whose readiness for reading ends the wait.</param>
    public void WaitForEither(int milliseconds, Socket? also = null) => Wait(milliseconds, receive: true, send: Queued > 0, also);

    private void Wait(int milliseconds, bool receive, bool send, Socket? also = null)
    {
        try
        {
            if (also is null && !(receive && send))
            {
                socket.Poll(TimeSpan.FromMilliseconds(milliseconds), receive ? SelectMode.SelectRead : SelectMode.SelectWrite);
                return;
            }
            SocketCalls.WaitForEither(socket, receive, send, also, milliseconds);
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException)
        {
            // The connection is gone; whoever uses it next is told so.
        }
    }

    public override void Dispose() => socket.Dispose();

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > small.Length / 2)
        {
            Enqueue(bytes.ToArray());
            return;
        }
        if (smallEnd + bytes.Length > small.Length)
            Seal();
        bytes.CopyTo(small.AsSpan(smallEnd));
        smallEnd += bytes.Length;
        Queued += bytes.Length;
    }

    /// <param name="last">The payload that nobody needs once these bytes are sent.</param>
    /// <param name="memory">What they are a part of, which is to stay as it is until then.</param>
    private void Enqueue(ReadOnlyMemory<byte> segment, Payload? last = null, BlockMemory? memory = null)
    {
        Seal();
        memory?.Hold();
        queue.Enqueue(new Waiting(segment, last, memory));
        Queued += segment.Length;
    }

    /// <summary>Moves the small bytes behind what waits already.</summary>
    private void Seal()
    {
        if (smallEnd > smallStart)
            queue.Enqueue(new Waiting(small.AsSpan(smallStart, smallEnd - smallStart).ToArray(), null, null));
        smallStart = smallEnd = 0;
    }

    private bool FlushLocked()
    {
        while (Queued > 0)
        {
            bool fromQueue = queue.TryPeek(out Waiting next);
            ReadOnlySpan<byte> bytes = fromQueue ? next.Bytes.Span[headSent..] : small.AsSpan(smallStart, smallEnd - smallStart);
            int sent = bytes.IsEmpty ? 0 : SocketCalls.Send(socket, bytes);
            if (sent < 0)
                return false;
            Sent(fromQueue, sent, bytes.Length);
        }
        return true;
    }

    private void Sent(bool fromQueue, int sent, int of)
    {
        Queued -= sent;
        if (fromQueue)
        {
            headSent = sent == of ? 0 : headSent + sent;
            if (sent == of && queue.TryDequeue(out Waiting whole))
            {
                whole.Last?.Recycle();
                whole.Memory?.Release(1);
            }
        }
        else
        {
            smallStart = sent == of ? 0 : smallStart + sent;
            if (sent == of)
                smallEnd = 0;
        }
    }

    /// <param name="Bytes">What waits to be sent.</param>
    /// <param name="Last">The payload that nobody needs once these bytes are sent.</param>
    /// <param name="Memory">What they are a part of, which is to stay as it is until then.</param>
    private readonly record struct Waiting(ReadOnlyMemory<byte> Bytes, Payload? Last, BlockMemory? Memory);
}
