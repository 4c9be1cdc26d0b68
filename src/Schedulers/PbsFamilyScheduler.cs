namespace PathosHpc;

/// <summary>What <see cref="PbsScheduler"/> and <see cref="TorqueScheduler"/> have in common: they descend from one program.</summary>
public abstract class PbsFamilyScheduler : Scheduler
{
    private protected PbsFamilyScheduler()
    {
    }

    /// <inheritdoc/>
    protected sealed override string DirectivePrefix => "#PBS";

    /// <inheritdoc/>
    protected sealed override string JobIdVariable => "PBS_JOBID";

    /// <inheritdoc/>
    protected sealed override string SubmitFolderVariable => "PBS_O_WORKDIR";

    /// <inheritdoc/>
    protected internal sealed override HostCommand VersionCommand => PbsText.Command(CommandTimeout, "qstat", "--version");

    /// <inheritdoc/>
    protected internal sealed override JobSubmission ReadSubmission(CommandResult result) => PbsText.ReadSubmission(result);

    /// <inheritdoc/>
    protected internal sealed override HostCommand FindCommand(string jobName) => PbsText.Command(CommandTimeout, "qselect", "-N", jobName);

    /// <inheritdoc/>
    protected internal sealed override IReadOnlyList<string>? ReadFound(CommandResult result) => PbsText.ReadFound(result);

    /// <inheritdoc/>
    protected internal sealed override HostCommand CancelCommand(string jobId) => PbsText.Command(CommandTimeout, "qdel", jobId);

    /// <inheritdoc/>
    protected internal sealed override HostCommand HoldCommand(string jobId) => PbsText.Command(CommandTimeout, "qhold", jobId);

    /// <inheritdoc/>
    protected internal sealed override HostCommand ReleaseCommand(string jobId) => PbsText.Command(CommandTimeout, "qrls", jobId);

    /// <inheritdoc/>
    protected internal sealed override JobFailureReason? ReadLog(string tail) => PbsText.ReadLog(tail);

    /// <inheritdoc/>
    protected sealed override IEnumerable<string> NodeLines(JobPlan plan) => PbsText.HostFiles(plan);
}
