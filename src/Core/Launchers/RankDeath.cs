namespace PathosHpc;

/// <summary>What a launcher's own words tell of the rank that ended first.</summary>
/// <param name="Rank">The rank; null when the words do not tell which of several it was.</param>
/// <param name="Reason">How it ended.</param>
/// <param name="Code">The signal's number or the exit code; null when it is not told.</param>
/// <param name="Node">The node it ran on; null when it is not told.</param>
public sealed record RankDeath(int? Rank, JobFailureReason Reason, int? Code = null, string? Node = null);
