namespace PathosHpc;

/// <summary>One start of a job's script, as the script itself wrote it down in the job folder.</summary>
/// <param name="Number">From 1; a job that is started again by its scheduler has several, and only the newest counts.</param>
/// <param name="JobId">The scheduler's id as the script saw it.</param>
/// <param name="Node">The job's first node.</param>
/// <param name="StartedAt">When it started, by the node's clock.</param>
/// <param name="ExitCode">Exit code of the script; null while it runs, and for ever when it was killed without a chance to write.</param>
/// <param name="Signals">Names of the signals that the script received, such as <c>TERM</c>.</param>
public sealed record JobAttempt(int Number, string JobId, string Node, DateTimeOffset StartedAt, int? ExitCode, IReadOnlyList<string> Signals)
{
    /// <summary>Whether it was told to end, as a cancel and an exceeded walltime tell it.</summary>
    internal bool WasTerminated => Signals.Contains("TERM");

    /// <summary>Whether its exit code alone tells that its work is done. Launchers may exit with 0 after SIGTERM as well: Hydra does.</summary>
    internal bool IsDone => ExitCode == 0 && !WasTerminated;
}
