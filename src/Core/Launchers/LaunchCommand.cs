namespace PathosHpc;

/// <summary>How a launcher is to be run.</summary>
/// <param name="Arguments">The launcher's program, its arguments, then the ranks' program and its arguments; no shell is involved.</param>
/// <param name="Environment">Variables to set for the launcher beside those that are there; the ranks' own are among them.</param>
public sealed record LaunchCommand(IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment);
