namespace PathosHpc;

/// <summary>Why a job, or the ranks of a pool, failed.</summary>
public enum JobFailureReason
{
    /// <summary>It is not known.</summary>
    Unknown,
    /// <summary>The limit on the job's elapsed time was reached.</summary>
    Walltime,
    /// <summary>More memory was used than was granted.</summary>
    OutOfMemory,
    /// <summary>A node failed.</summary>
    NodeFailure,
    /// <summary>Someone canceled the job.</summary>
    Canceled,
    /// <summary>The ranks did not come up: the launcher or libmpi is missing, of another MPI, or failed.</summary>
    LaunchFailure,
    /// <summary>A rank was ended by a signal.</summary>
    Signal,
    /// <summary>A rank exited with a code of its own.</summary>
    ExitCode,
    /// <summary>A rank gave no sign of life for longer than the heartbeat's limit.</summary>
    HeartbeatLost,
    /// <summary>The client was away for longer than its grace.</summary>
    ClientLost,
    /// <summary>The scheduler no longer knows the job, and it left no trace.</summary>
    Forgotten,
    /// <summary>The scheduler refused the submission, or could not be reached.</summary>
    Rejected,
    /// <summary>A job that this one waited for ended otherwise than it had to.</summary>
    DependencyFailed,
    /// <summary>The scheduler took the job, but its request can never be met.</summary>
    CanNeverRun,
}
