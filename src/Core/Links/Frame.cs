namespace PathosHpc;

/// <summary>The unit of the protocol.</summary>
/// <param name="Kind">What it carries.</param>
/// <param name="Map">Number of the map it belongs to; 0 for the link itself.</param>
/// <param name="Body">What is carried.</param>
internal readonly record struct Frame(FrameKind Kind, int Map, Payload Body)
{
    /// <summary>A frame without a body.</summary>
    public Frame(FrameKind kind, int map = 0) : this(kind, map, Payload.Empty) { }

    public PayloadReader Reader() => new(Body);
}
