namespace PathosHpc;

/// <summary>A frame and the rank that it came from.</summary>
internal sealed record ReceivedFrame(int Source, Frame Frame);
