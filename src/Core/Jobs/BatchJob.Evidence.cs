namespace PathosHpc;

public sealed partial class BatchJob
{
    /// <summary>After so many questions that failed, an exit code that the script wrote is taken as it is.</summary>
    private const int PatienceWithExitCode = 2;

    /// <summary>The same where the script was told to end: that is most often the scheduler's doing, and its reason worth waiting for.</summary>
    private const int PatienceWithSignalledExit = 20;

    /// <summary>Milliseconds that a scheduler's answer may be behind the job folder. One that says later that the job waits says that it is queued again.</summary>
    private const int LongestDelay = 10_000;

    private TimeSpan? recordedWalltime;
    private JobRecord? lastRecord;
    private bool wasCompared;
    private int unknownAnswers;
    private int answersSinceExit;
    private TimeSpan unknownSince;
    private long attemptSeen;
    private int leftAttempt;

    /// <summary>Whether only the scheduler's answer is missing for the result.</summary>
    internal bool AwaitsReason => Attempt is { ExitCode: not null, IsDone: false } && !ended.Task.IsCompleted;

    /// <summary>Looks into the job folder.</summary>
    /// <returns>Whether something is new there.</returns>
    internal async Task<bool> LookAsync(CancellationToken cancellationToken)
    {
        if (Attempt?.ExitCode is not null && !AwaitsReason) return false;
        var attempt = await folder.ReadAttemptAsync(cancellationToken).ConfigureAwait(false);
        if (attempt is null || (attempt.Number == Attempt?.Number && attempt.ExitCode == Attempt.ExitCode)) return false;
        if (attempt.Number != Attempt?.Number)
            attemptSeen = Environment.TickCount64;
        Attempt = attempt;
        answersSinceExit = 0;
        if (Number(attempt.JobId) != Number(Id)) await SwitchAsync(attempt.JobId).ConfigureAwait(false);
        if (State is not JobState.Suspended) State = attempt.ExitCode is null ? JobState.Running : JobState.Ending;
        started.TrySetResult();
        if (attempt.IsDone) await EndAsync(lastRecord, null, cancellationToken).ConfigureAwait(false);
        else if (attempt.ExitCode is not null) _ = follower.AskSoon();
        return true;
    }

    /// <summary>The scheduler knows the job.</summary>
    internal async Task OnRecordAsync(JobRecord record, CancellationToken cancellationToken)
    {
        if (record.State is JobState.Queued or JobState.Held && Attempt is { } last && (lastRecord?.State is JobState.Running or JobState.Suspended or JobState.Ending || Environment.TickCount64 - attemptSeen > LongestDelay))
            leftAttempt = last.Number;
        (unknownAnswers, lastRecord) = (0, record);
        recordedWalltime = record.Walltime ?? recordedWalltime;
        StateText = record.Comment.Length > 0 ? $"{record.StateWord} ({record.Comment})" : record.StateWord;
        Compare(record);
        if (record.HasEnded)
        {
            await LookAsync(cancellationToken).ConfigureAwait(false);
            await EndAsync(record, null, cancellationToken).ConfigureAwait(false);
            return;
        }
        State = record.State == JobState.Queued && Attempt is { ExitCode: null } its && its.Number != leftAttempt ? JobState.Running : record.State;
        if (record.CanNeverRun) await OnNeverAsync(record, cancellationToken).ConfigureAwait(false);
        // A job that is queued again waits for its next attempt; the exit code of the last one is no end.
        if (AwaitsReason && record.State is JobState.Ending or JobState.Unknown && ++answersSinceExit >= (Attempt!.WasTerminated ? PatienceWithSignalledExit : PatienceWithExitCode) && Attempt.ExitCode is > 0 and < 128)
            await EndAsync(record, null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The scheduler does not know the job, nor does its history, or that has this record of it.</summary>
    internal async Task OnUnknownAsync(JobRecord? history, TimeSpan now, CancellationToken cancellationToken)
    {
        await LookAsync(cancellationToken).ConfigureAwait(false);
        if (ended.Task.IsCompleted) return;
        if (history is { HasEnded: false })
        {
            await OnRecordAsync(history, cancellationToken).ConfigureAwait(false);
            return;
        }
        recordedWalltime = history?.Walltime ?? recordedWalltime;
        if (unknownAnswers++ == 0) unknownSince = now;
        if (history is not null || AwaitsReason || WasCanceledHere)
            await EndAsync(history, history is null && !AwaitsReason ? JobFailureReason.Canceled : null, cancellationToken).ConfigureAwait(false);
        else if (unknownAnswers >= Scheduler.Pace.ForgottenAnswers && now - unknownSince >= Scheduler.Pace.ForgottenAfter)
            await EndAsync(null, JobFailureReason.Forgotten, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The question was not answered: nothing is known, unless the script itself wrote its end down.</summary>
    internal async Task OnUnansweredAsync(CancellationToken cancellationToken)
    {
        if (AwaitsReason && ++answersSinceExit >= PatienceWithExitCode) await EndAsync(lastRecord, null, cancellationToken).ConfigureAwait(false);
    }

    private async Task EndAsync(JobRecord? record, JobFailureReason? sure, CancellationToken cancellationToken)
    {
        if (ended.Task.IsCompleted) return;
        var result = await JobEnding.TellAsync(this, folder, record, Attempt, sure, cancellationToken).ConfigureAwait(false);
        State = result.State;
        try
        {
            await folder.WriteResultAsync(result, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or HostFailedException or UnauthorizedAccessException)
        {
            Log.Warn(e, "The result of job {Name} could not be written to {Folder}; whoever comes back to it must ask the scheduler.", Name, Folder);
        }
        if (ended.TrySetResult(result)) Log.Info("{Message}", result.Message);
    }

    private void Compare(JobRecord record)
    {
        if (wasCompared || record.HasEnded) return;
        wasCompared = true;
        foreach (var difference in Scheduler.Differences(Plan, record)) Warn(difference);
    }

    private async Task OnNeverAsync(JobRecord record, CancellationToken cancellationToken)
    {
        Warn($"Job {Id} ({Name}) can never run: {Scheduler.Name} says '{record.Comment}'. Cancel it, and ask for less or choose another queue.");
        if (!Plan.Spec.FailIfItCanNeverRun) return;
        var reason = record.Comment.StartsWith("Dependency", StringComparison.OrdinalIgnoreCase) ? JobFailureReason.DependencyFailed : JobFailureReason.CanNeverRun;
        await ForbidAsync("it can never run", cancellationToken).ConfigureAwait(false);
        await OrderAsync(Scheduler.CancelCommand(Id), cancellationToken).ConfigureAwait(false);
        await EndAsync(record, reason, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The script that runs belongs to a submission whose answer was lost; the other one would do nothing and is canceled.</summary>
    private async Task SwitchAsync(string jobId)
    {
        Log.Warn("Job {Name} runs as {JobId}; its second submission {OtherId} is canceled.", Name, jobId, Id);
        var other = Id;
        Id = jobId;
        await OrderAsync(Scheduler.CancelCommand(other), CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>The number that an id begins with: scripts may see another form of it than the submission printed.</summary>
    private static string Number(string id) => new([.. id.TakeWhile(char.IsAsciiDigit)]);
}
