namespace PathosHpc;

/// <summary>The client's answer to <see cref="Hello"/>: what the ranks need to know before the first map.</summary>
/// <param name="Size">Ranks of the whole pool.</param>
/// <param name="HeartbeatMilliseconds">How long a side may be silent before it is taken for dead.</param>
/// <param name="RootComputes">Whether the root rank computes items as well.</param>
/// <param name="RunningPath">File in which ranks mark the item they compute; empty for none.</param>
internal sealed record Welcome(int Size, int HeartbeatMilliseconds, bool RootComputes, string RunningPath)
{
    public Frame ToFrame()
    {
        var writer = new PayloadWriter();
        Write(writer);
        return new Frame(FrameKind.Hello, 0, writer.Detach());
    }

    public void Write(PayloadWriter writer)
    {
        writer.WriteInt32(Size);
        writer.WriteInt32(HeartbeatMilliseconds);
        writer.WriteByte(RootComputes ? (byte)1 : (byte)0);
        writer.WriteString(RunningPath);
    }

    public static Welcome Read(PayloadReader reader) => new(reader.ReadInt32(), reader.ReadInt32(), reader.ReadByte() != 0, reader.ReadString() ?? "");
}
