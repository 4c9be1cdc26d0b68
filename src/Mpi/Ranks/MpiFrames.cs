using System.Buffers.Binary;

namespace PathosHpc;

/// <summary>Frames as MPI messages, one each: kind (byte), reserved (3 bytes), map (int32), body. Little endian; MPI keeps them in order.</summary>
internal static class MpiFrames
{
    public const int HeaderSize = 8;

    /// <summary>The tag of all frames, on a communicator of their own.</summary>
    public const int Tag = 1;

    /// <summary>A message of its own for a long frame.</summary>
    public static Payload ToMessage(FrameKind kind, int map, ReadOnlySpan<byte> head, Payload tail)
    {
        var front = new byte[HeaderSize + head.Length];
        Write(front, kind, map, head, Payload.Empty);
        return new Payload([front, .. tail.Segments]);
    }

    /// <summary>Writes a short frame, and gives what was written.</summary>
    public static ReadOnlySpan<byte> Write(Span<byte> room, FrameKind kind, int map, ReadOnlySpan<byte> head, Payload tail)
    {
        room[..4].Clear();
        room[0] = (byte)kind;
        BinaryPrimitives.WriteInt32LittleEndian(room[4..], map);
        head.CopyTo(room[HeaderSize..]);
        int length = HeaderSize + head.Length;
        foreach (ReadOnlyMemory<byte> segment in tail.Segments)
        {
            segment.Span.CopyTo(room[length..]);
            length += segment.Length;
        }
        return room[..length];
    }

    /// <exception cref="LinkException">The message is no frame.</exception>
    public static Frame ToFrame(Payload message)
    {
        if (message.Length < HeaderSize)
            throw new LinkException($"An MPI message of {message.Length} bytes is no frame.");
        ReadOnlySpan<byte> header = message.Segments[0].Span;
        var kind = (FrameKind)header[0];
        if (kind is < FrameKind.Hello or FrameKind.Ack or > FrameKind.FunctionPart)
            throw new LinkException($"A frame of the unknown kind {header[0]} came over MPI.");
        Payload body = message.Slice(HeaderSize, message.Length - HeaderSize);
        body.Adopt(message);
        return new Frame(kind, BinaryPrimitives.ReadInt32LittleEndian(header[4..]), body);
    }
}
