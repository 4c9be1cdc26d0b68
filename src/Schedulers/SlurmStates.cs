namespace PathosHpc;

/// <summary>Slurm's words for the states of jobs, and what they mean here.</summary>
internal static class SlurmStates
{
    private static readonly Dictionary<string, JobState> States = new(StringComparer.OrdinalIgnoreCase)
    {
        ["PENDING"] = JobState.Queued,
        ["PD"] = JobState.Queued,
        ["CONFIGURING"] = JobState.Queued,
        ["CF"] = JobState.Queued,
        ["REQUEUED"] = JobState.Queued,
        ["RQ"] = JobState.Queued,
        ["REQUEUE_FED"] = JobState.Queued,
        ["RF"] = JobState.Queued,
        ["REQUEUE_HOLD"] = JobState.Held,
        ["RH"] = JobState.Held,
        ["RESV_DEL_HOLD"] = JobState.Held,
        ["RD"] = JobState.Held,
        ["SPECIAL_EXIT"] = JobState.Held,
        ["SE"] = JobState.Held,
        ["RUNNING"] = JobState.Running,
        ["R"] = JobState.Running,
        ["SIGNALING"] = JobState.Running,
        ["SI"] = JobState.Running,
        ["RESIZING"] = JobState.Running,
        ["RS"] = JobState.Running,
        ["SUSPENDED"] = JobState.Suspended,
        ["S"] = JobState.Suspended,
        ["STOPPED"] = JobState.Suspended,
        ["ST"] = JobState.Suspended,
        ["COMPLETING"] = JobState.Ending,
        ["CG"] = JobState.Ending,
        ["STAGE_OUT"] = JobState.Ending,
        ["SO"] = JobState.Ending,
        ["COMPLETED"] = JobState.Completed,
        ["CD"] = JobState.Completed,
        ["CANCELLED"] = JobState.Canceled,
        ["CA"] = JobState.Canceled,
        ["REVOKED"] = JobState.Canceled,
        ["RV"] = JobState.Canceled,
        ["FAILED"] = JobState.Failed,
        ["F"] = JobState.Failed,
        ["TIMEOUT"] = JobState.Failed,
        ["TO"] = JobState.Failed,
        ["NODE_FAIL"] = JobState.Failed,
        ["NF"] = JobState.Failed,
        ["OUT_OF_MEMORY"] = JobState.Failed,
        ["OOM"] = JobState.Failed,
        ["BOOT_FAIL"] = JobState.Failed,
        ["BF"] = JobState.Failed,
        ["DEADLINE"] = JobState.Failed,
        ["DL"] = JobState.Failed,
        ["PREEMPTED"] = JobState.Failed,
        ["PR"] = JobState.Failed,
        ["LAUNCH_FAILED"] = JobState.Failed,
        ["RECONFIG_FAIL"] = JobState.Failed,
    };

    /// <summary>The state; a word that is not known is no end.</summary>
    internal static JobState Map(string word, string reason)
    {
        // CA+ and the like are words cut by a narrow column; a flag after a plus sign would be another.
        var state = States.GetValueOrDefault(word.TrimEnd('+', '*'), JobState.Unknown);
        return state == JobState.Queued && reason.StartsWith("JobHeld", StringComparison.OrdinalIgnoreCase) ? JobState.Held : state;
    }

    /// <summary>Why a job ended so; null when it did not fail or it cannot be told.</summary>
    internal static JobFailureReason? Failure(string word, string reason, int? exitCode, int? signal) => word.TrimEnd('+', '*').ToUpperInvariant() switch
    {
        "TIMEOUT" or "TO" or "DEADLINE" or "DL" => JobFailureReason.Walltime,
        "OUT_OF_MEMORY" or "OOM" => JobFailureReason.OutOfMemory,
        "NODE_FAIL" or "NF" or "BOOT_FAIL" or "BF" => JobFailureReason.NodeFailure,
        "PREEMPTED" or "PR" or "REVOKED" or "RV" => JobFailureReason.Canceled,
        "CANCELLED" or "CA" => reason.StartsWith("Dependency", StringComparison.OrdinalIgnoreCase) ? JobFailureReason.DependencyFailed : JobFailureReason.Canceled,
        "LAUNCH_FAILED" or "RECONFIG_FAIL" => JobFailureReason.LaunchFailure,
        "FAILED" or "F" => Failed(reason, exitCode, signal),
        "COMPLETING" or "CG" => reason switch { "TimeLimit" => JobFailureReason.Walltime, "OutOfMemory" => JobFailureReason.OutOfMemory, "NodeDown" => JobFailureReason.NodeFailure, _ => null },
        _ => null,
    };

    private static JobFailureReason Failed(string reason, int? exitCode, int? signal) => reason switch
    {
        "TimeLimit" => JobFailureReason.Walltime,
        "OutOfMemory" => JobFailureReason.OutOfMemory,
        "NodeDown" or "NodeFail" => JobFailureReason.NodeFailure,
        "BadConstraints" => JobFailureReason.CanNeverRun,
        // Slurm says so of every script that a signal ended; 53 is its own number for a log or folder that cannot be opened.
        "JobLaunchFailure" when signal is null or >= 32 => JobFailureReason.LaunchFailure,
        _ => signal is not null ? JobFailureReason.Signal : exitCode > 128 ? JobFailureReason.Signal : JobFailureReason.ExitCode,
    };
}
