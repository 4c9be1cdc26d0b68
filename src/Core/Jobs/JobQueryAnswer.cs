namespace PathosHpc;

/// <summary>The answer to one question about many jobs.</summary>
/// <param name="Records">The jobs it knows.</param>
/// <param name="UnknownIds">The jobs that it says it does not know. An id that is in neither list was not answered for.</param>
/// <param name="Problem">Why the question was not answered, in the command's words; null when it was.</param>
public sealed record JobQueryAnswer(IReadOnlyList<JobRecord> Records, IReadOnlyList<string> UnknownIds, string? Problem = null)
{
    /// <summary>The question was not answered at all.</summary>
    public static JobQueryAnswer Failed(CommandResult result) => new([], [], result.TimedOut
        ? $"it did not answer within {result.Elapsed.TotalSeconds:0.#} s" : $"exit code {result.ExitCode}: {result.AllOutput.Trim()}");

    /// <summary>The scheduler keeps no history.</summary>
    public bool HasNoHistory { get; init; }
}
