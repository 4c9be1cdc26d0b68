namespace PathosHpc;

/// <summary>A stream that a root opened to the client.</summary>
/// <param name="Stream">The stream; the root has proved itself.</param>
/// <param name="Session">The session that it offers.</param>
/// <param name="Number">Which start of the world it is the root of.</param>
/// <param name="Way">What the stream is, for people.</param>
internal sealed record RootCall(Stream Stream, Guid Session, long Number, string Way);
