namespace PathosHpc;

/// <summary>What a submission would do, word by word.</summary>
/// <param name="Script">The script that the scheduler would run.</param>
/// <param name="RankScript">The script that each rank would pass through.</param>
/// <param name="SubmitCommand">The command that would submit it.</param>
/// <param name="Folder">The job folder it would make.</param>
public sealed record JobDryRun(string Script, string RankScript, IReadOnlyList<string> SubmitCommand, string Folder);
