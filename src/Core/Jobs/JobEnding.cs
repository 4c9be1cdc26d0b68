using System.Globalization;

namespace PathosHpc;

/// <summary>Puts together how a job ended, of what its script wrote down, what the scheduler says, and what lies in the logs.</summary>
internal static class JobEnding
{
    /// <summary>How much of each log is read for traces of the reason and for the message.</summary>
    private const int TailBytes = 4096;
    private const int TailLines = 12;
    private const int Terminated = 15;

    internal static async Task<JobResult> TellAsync(BatchJob job, JobFolder folder, JobRecord? record, JobAttempt? attempt, JobFailureReason? sure, CancellationToken cancellationToken)
    {
        var error = await folder.TailAsync(JobLog.Error, TailBytes, cancellationToken).ConfigureAwait(false);
        var log = await folder.TailAsync(JobLog.Scheduler, TailBytes, cancellationToken).ConfigureAwait(false);
        var exit = attempt?.ExitCode ?? record?.ExitCode;
        var reason = sure ?? (attempt?.IsDone == true || (attempt?.ExitCode is null or 0 && record?.State == JobState.Completed) ? null : Reason(job, record, attempt, exit, error, log));
        var signal = reason == JobFailureReason.Signal ? record?.Signal ?? SignalOf(exit) ?? (attempt?.WasTerminated == true ? Terminated : null) : record?.Signal;
        var result = new JobResult
        {
            State = reason switch { null => JobState.Completed, JobFailureReason.Canceled => JobState.Canceled, _ => JobState.Failed },
            Reason = reason,
            ExitCode = reason is null ? 0 : exit == 0 || (attempt is null && record?.State == JobState.Canceled) ? null : exit,
            Signal = reason is null ? null : signal,
            CanceledBy = reason == JobFailureReason.Canceled ? record?.CanceledBy ?? (job.WasCanceledHere ? Environment.UserName : null) : null,
            Attempt = attempt?.Number ?? 0,
            JobId = job.Id,
            LogPaths = folder.LogPaths,
            Message = "",
        };
        return result with { Message = Message(job, result, record, error, log) };
    }

    private static JobFailureReason Reason(BatchJob job, JobRecord? record, JobAttempt? attempt, int? exit, string error, string log)
    {
        // A reason that only a scheduler can know beats what the script saw of it.
        if (record?.Reason is { } known and not (JobFailureReason.ExitCode or JobFailureReason.Signal or JobFailureReason.Unknown))
        {
            // Older servers have one number for a walltime's kill and for an order to cancel; the node's daemon writes which it was. So does who cancels a job for its node.
            var written = known == JobFailureReason.Canceled && !job.WasCanceledHere ? job.Scheduler.ReadLog(log) ?? job.Scheduler.ReadLog(error) : null;
            return written is JobFailureReason.Walltime or JobFailureReason.NodeFailure ? written.Value : known;
        }
        if (job.Scheduler.ReadLog(log) is { } logged) return logged;
        if (attempt is { ExitCode: null or not 0 } && job.Scheduler.ReadLog(error) is { } printed) return printed;
        var terminated = attempt?.WasTerminated == true;
        if (job.WasCanceledHere && (attempt is null || terminated || record is null)) return JobFailureReason.Canceled;
        if (terminated && attempt is not null && job.Walltime is { } limit && DateTimeOffset.UtcNow - attempt.StartedAt >= limit) return JobFailureReason.Walltime;
        if (exit is JobScript.NoFolder or JobScript.NoWorkingFolder or JobScript.NoProgram) return JobFailureReason.LaunchFailure;
        if (exit is JobScript.ClientLost) return JobFailureReason.ClientLost;
        if (terminated && exit == 0 && record?.Reason is null) return JobFailureReason.Signal;
        // The script writes there first of all.
        if (attempt is null && record is { State: JobState.Failed }) return JobFailureReason.LaunchFailure;
        if (exit is > 0) return SignalOf(exit) is null ? JobFailureReason.ExitCode : JobFailureReason.Signal;
        return record?.Reason ?? JobFailureReason.Unknown;
    }

    private static int? SignalOf(int? exit) => exit is > 128 and <= 192 ? exit - 128 : null;

    private static string Message(BatchJob job, JobResult result, JobRecord? record, string error, string log)
    {
        var name = $"Job {job.Id} ({job.Name}) of {job.Scheduler.Name}";
        if (result.Reason is not { } reason) return $"{name} completed.";
        var comment = record?.Comment is { Length: > 0 } c ? $" ({record.StateWord}: {c})" : record is not null ? $" ({record.StateWord})" : "";
        var what = result.Attempt == 0 && reason == JobFailureReason.LaunchFailure && record is not null
            ? $"could not be started: {(record.NodeList is { } nodes ? $"node {nodes}" : "its node")} left nothing in the job folder, which {job.Host.Name} made. Check that both see the same file system there."
            : Sentence(job, result, reason);
        var lines = error.Length > 0 ? Tail("standard error", error) : Tail("the scheduler's log", log);
        return $"{name}{comment} {what} Its logs are in {job.Folder}.{lines}";
    }

    private static string Sentence(BatchJob job, JobResult result, JobFailureReason reason) => reason switch
    {
        JobFailureReason.Walltime => $"reached its limit on elapsed time{(job.Walltime is { } limit ? $" of {limit:c}" : "")}. Ask for a longer Walltime, or for less work a job.",
        JobFailureReason.OutOfMemory => "used more memory than it was granted. Ask for more with MemoryPerNode or MemoryPerRank, or run fewer ranks a node.",
        JobFailureReason.NodeFailure => "lost a node. Submit it again; if the same node fails again, tell the site.",
        JobFailureReason.Canceled => $"was canceled{(result.CanceledBy is { } who ? $" by {who}" : "")}.",
        JobFailureReason.DependencyFailed => "will not run, since a job that it waited for did not end as it had to. Look at that one first.",
        JobFailureReason.CanNeverRun => "asks for what the scheduler says it can never give. Ask for less, or choose another queue.",
        JobFailureReason.LaunchFailure => "could not be started on its node. Check that the work folder is on a file system that all nodes share, and that the launcher exists there.",
        JobFailureReason.Forgotten => "is not known to the scheduler any more and left no exit code. Look into its logs, and submit it again if its work is missing.",
        JobFailureReason.ClientLost => "ended since its client was away for longer than its grace. Submit it again, with a longer ClientGrace if the client is to come back.",
        JobFailureReason.Signal => string.Create(CultureInfo.InvariantCulture, $"was ended by signal {result.Signal}."),
        JobFailureReason.ExitCode when result.ExitCode == JobScript.FolderFull =>
            "failed, and could not write into its folder why: the file system there is full, or a quota is used up. Make room, and submit it again.",
        JobFailureReason.ExitCode => string.Create(CultureInfo.InvariantCulture, $"ended with exit code {result.ExitCode}."),
        _ => "failed, and neither its script nor the scheduler says why.",
    };

    private static string Tail(string what, string text)
    {
        var lines = text.TrimEnd().Split('\n');
        return text.Trim().Length == 0 ? "" : $" The last lines of {what}:\n{string.Join('\n', lines.TakeLast(TailLines))}";
    }
}
