namespace PathosHpc;

/// <summary>A line that a function wrote to the console of a rank.</summary>
/// <param name="Rank">Number of the rank or worker, from 0.</param>
/// <param name="Text">The line, without its end.</param>
/// <param name="IsError">Whether it was written to standard error.</param>
public readonly record struct RankOutputLine(int Rank, string Text, bool IsError);
