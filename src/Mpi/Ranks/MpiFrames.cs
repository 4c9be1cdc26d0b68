using System.Buffers.Binary;

namespace PathosHpc;

/// <summary>Frames as MPI messages, one each: kind (byte), reserved (3 bytes), map (int32), body. Little endian; MPI keeps them in order.</summary>
internal static class MpiFrames
{
    public const int HeaderSize = 8;

    /// <summary>The tag of all frames, on a communicator of their own.</summary>
    public const int Tag = 1;

    public static Payload ToMessage(Frame frame)
    {
        var header = new byte[HeaderSize];
        header[0] = (byte)frame.Kind;
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4), frame.Map);
        return new Payload([header, .. frame.Body.Segments]);
    }

    /// <exception cref="LinkException">The message is no frame.</exception>
    public static Frame ToFrame(Payload message)
    {
        if (message.Length < HeaderSize)
            throw new LinkException($"An MPI message of {message.Length} bytes is no frame.");
        ReadOnlySpan<byte> header = message.Segments[0].Span;
        var kind = (FrameKind)header[0];
        if (kind is < FrameKind.Hello or > FrameKind.Bye)
            throw new LinkException($"A frame of the unknown kind {header[0]} came over MPI.");
        return new Frame(kind, BinaryPrimitives.ReadInt32LittleEndian(header[4..]), message.Slice(HeaderSize, message.Length - HeaderSize));
    }
}
