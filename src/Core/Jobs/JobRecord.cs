namespace PathosHpc;

/// <summary>What a scheduler says about one job, in its queue or in its history.</summary>
public sealed record JobRecord
{
    /// <summary>The scheduler's id, as it printed it.</summary>
    public required string Id { get; init; }

    /// <summary>The job's name there; null when it is not reliable. A name other than the submitted one means that the id was given to another job.</summary>
    public string? Name { get; init; }

    /// <summary>The state.</summary>
    public required JobState State { get; init; }

    /// <summary>The scheduler's own word for it.</summary>
    public required string StateWord { get; init; }

    /// <summary>Why it waits, or why it ended, in the scheduler's words; empty when it says nothing.</summary>
    public string Comment { get; init; } = "";

    /// <summary>Why it ended, where the scheduler knows.</summary>
    public JobFailureReason? Reason { get; init; }

    /// <summary>Exit code of the script; null when it has none.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The signal that ended the script; null when none did.</summary>
    public int? Signal { get; init; }

    /// <summary>Who canceled it, where the scheduler says: a user name, or a number.</summary>
    public string? CanceledBy { get; init; }

    /// <summary>Whether the scheduler says that the request can never be met, or never by a dependency that failed.</summary>
    public bool CanNeverRun { get; init; }

    /// <summary>The queue it lies in.</summary>
    public string? Queue { get; init; }

    /// <summary>Nodes it asked for or has.</summary>
    public int? Nodes { get; init; }

    /// <summary>Ranks it asked for.</summary>
    public int? Ranks { get; init; }

    /// <summary>When the scheduler thinks that it will start; null when it does not say.</summary>
    public DateTimeOffset? ExpectedStart { get; init; }

    /// <summary>Its limit on elapsed time.</summary>
    public TimeSpan? Walltime { get; init; }

    /// <summary>Its memory, counted as the scheduler counts: for Slurm of a node or core, for PBS and Torque of the whole job.</summary>
    public MemorySize? Memory { get; init; }

    /// <summary>The nodes it was given, in the scheduler's notation.</summary>
    public string? NodeList { get; init; }

    /// <summary>Whether it has ended.</summary>
    public bool HasEnded => State is JobState.Completed or JobState.Failed or JobState.Canceled;
}
