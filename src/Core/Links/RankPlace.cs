namespace PathosHpc;

/// <summary>Where a rank runs.</summary>
/// <param name="Node">Its node.</param>
/// <param name="ProcessId">Its process there.</param>
internal sealed record RankPlace(string Node, int ProcessId);
