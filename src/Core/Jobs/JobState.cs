namespace PathosHpc;

/// <summary>Where a job is in its life.</summary>
public enum JobState
{
    /// <summary>Not known: not asked yet, or the scheduler used a word that this library does not know. Never taken for an end.</summary>
    Unknown,
    /// <summary>It waits for its turn, or for another job.</summary>
    Queued,
    /// <summary>Someone holds it back until it is released.</summary>
    Held,
    /// <summary>It has its nodes and runs.</summary>
    Running,
    /// <summary>It runs but was stopped by the scheduler; its clocks should stop too.</summary>
    Suspended,
    /// <summary>It has ended and the scheduler is tidying up.</summary>
    Ending,
    /// <summary>It ended with exit code 0.</summary>
    Completed,
    /// <summary>It ended otherwise.</summary>
    Failed,
    /// <summary>Someone canceled it.</summary>
    Canceled,
}
