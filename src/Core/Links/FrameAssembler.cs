using System.Buffers.Binary;

namespace PathosHpc;

/// <summary>Makes frames of a byte stream. Memory grows with the bytes that really come, whatever length they announce.</summary>
/// <param name="firstSequence">Number of the first frame that is due.</param>
internal sealed class FrameAssembler(long firstSequence = 0)
{
    private const int FirstStep = 2 << 20;
    private readonly byte[] buffer = GC.AllocateUninitializedArray<byte>(1 << 16);
    private readonly List<ReadOnlyMemory<byte>> whole = [];
    private int start, end;
    private long expectedSequence = firstSequence;
    private bool inBody;
    private FrameKind kind;
    private int map;
    private long missing, bodyLength;
    private byte[] body = [];
    private int bodyUsed;

    /// <summary>Longest body accepted, in bytes.</summary>
    public long LongestFrame { get; set; } = Protocol.LongestUnprovenFrame;

    /// <summary>Where the next bytes of the stream are to be put: room for at least one.</summary>
    public Memory<byte> Room()
    {
        if (inBody && missing >= buffer.Length / 2 && start == end)
            return BodyRoom();
        if (start == end)
            start = end = 0;
        else if (end == buffer.Length)
            Compact();
        return buffer.AsMemory(end);
    }

    /// <summary>Says that <paramref name="count"/> bytes were put where <see cref="Room"/> told.</summary>
    public void Filled(int count)
    {
        if (inBody && missing >= buffer.Length / 2 && start == end)
        {
            bodyUsed += count;
            missing -= count;
        }
        else
        {
            end += count;
        }
    }

    /// <summary>The next whole frame, if its bytes are all there.</summary>
    /// <exception cref="LinkException">The bytes are not frames of this protocol.</exception>
    public bool TryTake(out Frame frame)
    {
        frame = default;
        if (!inBody && !TryReadHeader())
            return false;
        while (missing > 0 && start < end)
        {
            int count = (int)Math.Min(Math.Min(missing, end - start), BodyRoom().Length);
            buffer.AsSpan(start, count).CopyTo(body.AsSpan(bodyUsed));
            start += count;
            bodyUsed += count;
            missing -= count;
        }
        if (missing > 0)
            return false;
        frame = new Frame(kind, map, TakeBody());
        inBody = false;
        return true;
    }

    private bool TryReadHeader()
    {
        if (end - start < Protocol.FrameHeaderSize)
            return false;
        ReadOnlySpan<byte> header = buffer.AsSpan(start, Protocol.FrameHeaderSize);
        start += Protocol.FrameHeaderSize;
        kind = (FrameKind)header[0];
        map = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
        long sequence = BinaryPrimitives.ReadInt64LittleEndian(header[8..]);
        missing = BinaryPrimitives.ReadInt64LittleEndian(header[16..]);
        if (kind is < FrameKind.Hello or > FrameKind.FunctionPart || (header[1] | header[2] | header[3]) != 0)
            throw new LinkException($"A frame of the unknown kind {header[0]} came; the stream is damaged or not of this protocol.");
        if (sequence != expectedSequence)
            throw new LinkException($"Frame {sequence} came where frame {expectedSequence} was due; the stream is damaged.");
        if (missing < 0 || missing > LongestFrame)
            throw new LinkException($"A frame of {missing} bytes was announced, but at most {LongestFrame} are accepted here.");
        expectedSequence++;
        bodyLength = missing;
        inBody = true;
        bodyUsed = 0;
        return true;
    }

    /// <summary>Room for the body's next bytes: a long body gets segment after segment, each as long as all before it together,
    /// so that memory is never far ahead of what came and nothing is copied while it grows.</summary>
    private Memory<byte> BodyRoom()
    {
        if (bodyUsed == body.Length)
        {
            if (bodyUsed > 0)
                whole.Add(body);
            long step = Math.Min(Math.Min(missing, Math.Max(FirstStep, bodyLength - missing)), Payload.MaxSegment);
            (body, bodyUsed) = (RecycledArrays.Rent((int)step), 0);
        }
        return body.AsMemory(bodyUsed, (int)Math.Min(missing, body.Length - bodyUsed));
    }

    private Payload TakeBody()
    {
        Payload taken = whole.Count > 0 ? new Payload([.. whole, new ReadOnlyMemory<byte>(body, 0, bodyUsed)]) : bodyUsed == 0 ? Payload.Empty : Payload.OfOwn(body, bodyUsed);
        whole.Clear();
        (body, bodyUsed) = ([], 0);
        return taken;
    }

    private void Compact()
    {
        buffer.AsSpan(start, end - start).CopyTo(buffer);
        (start, end) = (0, end - start);
    }
}
