namespace PathosHpc;

/// <summary>Why a side ends a link: the body of a <see cref="FrameKind.Bye"/> frame.</summary>
/// <param name="Reason">In one word.</param>
/// <param name="Text">In a sentence; may be empty.</param>
/// <param name="Rank">The rank that is the reason; -1 where there is none, or it is not known.</param>
internal sealed record Farewell(FarewellReason Reason, string Text = "", int Rank = -1)
{
    public Frame ToFrame()
    {
        var writer = new PayloadWriter();
        writer.WriteByte((byte)Reason);
        writer.WriteString(Text);
        writer.WriteInt32(Rank);
        return new Frame(FrameKind.Bye, 0, writer.Detach());
    }

    public static Farewell Read(Frame frame)
    {
        PayloadReader reader = frame.Reader();
        return new Farewell((FarewellReason)reader.ReadByte(), reader.ReadString() ?? "", reader.ReadInt32());
    }
}
