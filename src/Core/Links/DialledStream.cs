namespace PathosHpc;

/// <summary>A stream that leads to the other side, which has proved itself.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Address">By which address.</param>
/// <remarks>A class, since the runtime's images hold tasks of those: for tasks of a tuple that may be missing, it compiles some fifty methods at a start.</remarks>
internal sealed record DialledStream(Stream Stream, string Address);
