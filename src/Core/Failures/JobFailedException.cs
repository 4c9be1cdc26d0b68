namespace PathosHpc;

/// <summary>The ranks of a pool could not be started, or ended and could not be started again.</summary>
public sealed class JobFailedException : PathosException
{
    internal JobFailedException(JobFailureReason reason, string message, string? jobId = null, IReadOnlyList<string>? logPaths = null, Exception? inner = null)
        : base(message, inner)
        => (Reason, JobId, LogPaths) = (reason, jobId, logPaths ?? []);

    /// <summary>Why.</summary>
    public JobFailureReason Reason { get; }

    /// <summary>The scheduler's id of the job; null when there is no scheduler.</summary>
    public string? JobId { get; }

    /// <summary>Files with what the job printed; empty when it was piped to this process.</summary>
    public IReadOnlyList<string> LogPaths { get; }
}
