namespace PathosHpc;

/// <summary>How a job ended.</summary>
public sealed record JobResult
{
    /// <summary>Completed, Failed or Canceled.</summary>
    public required JobState State { get; init; }

    /// <summary>Why it did not complete; null when it did.</summary>
    public JobFailureReason? Reason { get; init; }

    /// <summary>Exit code of the program, or of the launcher that ran it; null when it never came to one.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The signal that ended it; null when none did, or none is known.</summary>
    public int? Signal { get; init; }

    /// <summary>Who canceled it, where the scheduler says.</summary>
    public string? CanceledBy { get; init; }

    /// <summary>Number of the start that counts; 0 when the script never started.</summary>
    public int Attempt { get; init; }

    /// <summary>The scheduler's id.</summary>
    public required string JobId { get; init; }

    /// <summary>What happened, with which value, and what to do, with the last lines that the job wrote to its standard error.</summary>
    public required string Message { get; init; }

    /// <summary>Paths of the logs on the host.</summary>
    public IReadOnlyList<string> LogPaths { get; init; } = [];

    /// <summary>Does nothing when the job completed.</summary>
    /// <exception cref="JobFailedException">It did not.</exception>
    public JobResult EnsureCompleted() =>
        State == JobState.Completed ? this : throw new JobFailedException(Reason ?? JobFailureReason.Unknown, Message, JobId, LogPaths);
}
