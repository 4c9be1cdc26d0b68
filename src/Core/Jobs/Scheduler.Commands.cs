namespace PathosHpc;

public abstract partial class Scheduler
{
    /// <summary>The command that prints the scheduler's version.</summary>
    protected internal abstract HostCommand VersionCommand { get; }

    /// <summary>Whether that output is of this scheduler, and of which version: programs of one name belong to several.</summary>
    /// <returns>The version (0.0 when it is not told), or null when it is another scheduler's, or none.</returns>
    protected internal abstract Version? ReadVersion(CommandResult result);

    /// <summary>The command that submits the script.</summary>
    protected internal abstract HostCommand SubmitCommand(JobPlan plan, string scriptPath);

    /// <summary>What came of it. The id is found in any line, since sites wrap and decorate the command.</summary>
    protected internal abstract JobSubmission ReadSubmission(CommandResult result);

    /// <summary>One command that asks about all these jobs.</summary>
    protected internal abstract HostCommand QueryCommand(IReadOnlyList<string> jobIds);

    /// <summary>What it says of each.</summary>
    protected internal abstract JobQueryAnswer ReadQuery(CommandResult result, IReadOnlyList<string> jobIds);

    /// <summary>One command that asks the history about jobs that the queue no longer knows; null when <see cref="QueryCommand"/> covers it.</summary>
    protected internal virtual HostCommand? HistoryCommand(IReadOnlyList<string> jobIds) => null;

    /// <summary>What the history says of each.</summary>
    protected internal virtual JobQueryAnswer ReadHistory(CommandResult result, IReadOnlyList<string> jobIds) => new([], jobIds) { HasNoHistory = true };

    /// <summary>The command that lists the ids of the jobs of this name, and no others.</summary>
    protected internal abstract HostCommand FindCommand(string jobName);

    /// <summary>The ids; null when the scheduler could not be asked.</summary>
    protected internal abstract IReadOnlyList<string>? ReadFound(CommandResult result);

    /// <summary>The command that cancels a job.</summary>
    protected internal abstract HostCommand CancelCommand(string jobId);

    /// <summary>The command that holds a waiting job back.</summary>
    protected internal abstract HostCommand HoldCommand(string jobId);

    /// <summary>The command that lets a held job go.</summary>
    protected internal abstract HostCommand ReleaseCommand(string jobId);

    /// <summary>What came of cancelling, holding or releasing.</summary>
    protected internal abstract JobControlAnswer ReadControl(CommandResult result);

    /// <summary>Why the job failed, from what the scheduler's daemons wrote into its logs; null when they wrote nothing of the kind.</summary>
    protected internal virtual JobFailureReason? ReadLog(string tail) => null;

    /// <summary>What the scheduler recorded otherwise than it was asked: queue, nodes, ranks, walltime, memory; a sentence each.</summary>
    protected internal virtual IReadOnlyList<string> Differences(JobPlan plan, JobRecord record)
    {
        var (asked, differences) = (plan.Spec.Resources, new List<string>());
        Compare("queue", Queue, record.Queue);
        if (asked.HasNodes) Compare("number of nodes", asked.Nodes ?? 1, record.Nodes);
        Compare("number of ranks", asked.TotalRanks, record.Ranks);
        Compare("walltime", AsRecorded(asked.Walltime), record.Walltime);
        Compare("memory", RecordedMemory(plan), record.Memory);
        return differences;

        void Compare<T>(string what, T? wanted, T? found)
        {
            if (wanted is not null && found is not null && !wanted.Equals(found))
                differences.Add($"The {what} asked for was {wanted}, but {Name} recorded {found} for job {record.Id}.");
        }
    }

    /// <summary>A walltime as the scheduler records it.</summary>
    private protected virtual TimeSpan? AsRecorded(TimeSpan? walltime) => walltime is { } limit ? TimeSpan.FromSeconds(Math.Ceiling(limit.TotalSeconds)) : null;

    /// <summary>The memory that the scheduler should record, counted its way; null when that cannot be told.</summary>
    private protected virtual MemorySize? RecordedMemory(JobPlan plan) => null;
}
