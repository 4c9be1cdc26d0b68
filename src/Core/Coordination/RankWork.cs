namespace PathosHpc;

/// <summary>What a rank spent on a run of items.</summary>
/// <param name="Rank">Its number.</param>
/// <param name="BusyNanoseconds">Time inside the function.</param>
internal readonly record struct RankWork(int Rank, long BusyNanoseconds);
