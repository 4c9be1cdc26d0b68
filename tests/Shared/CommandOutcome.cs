namespace PathosHpc.Tests;

/// <summary>How a program ended, and what it wrote.</summary>
internal sealed record CommandOutcome(string Command, int ExitCode, string Output, string Error);
