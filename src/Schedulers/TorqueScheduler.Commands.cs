using System.Text.RegularExpressions;

namespace PathosHpc;

public sealed partial class TorqueScheduler
{
    /// <inheritdoc/>
    public override HostCommand VersionCommand => PbsText.Command(CommandTimeout, "qstat", "--version");

    /// <inheritdoc/>
    public override Version? ReadVersion(CommandResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return result.Succeeded && VersionLine().Match(result.AllOutput) is { Success: true } match ? Version.Parse(match.Groups[1].Value) : null;
    }

    /// <inheritdoc/>
    public override HostCommand SubmitCommand(JobPlan plan, string scriptPath) => PbsText.Command(SubmitTimeout, "qsub", scriptPath);

    /// <inheritdoc/>
    public override JobSubmission ReadSubmission(CommandResult result) => PbsText.ReadSubmission(result);

    /// <inheritdoc/>
    public override HostCommand FindCommand(string jobName) => PbsText.Command(CommandTimeout, "qselect", "-N", jobName);

    /// <inheritdoc/>
    public override IReadOnlyList<string>? ReadFound(CommandResult result) => PbsText.ReadFound(result);

    /// <inheritdoc/>
    public override HostCommand CancelCommand(string jobId) => PbsText.Command(CommandTimeout, "qdel", jobId);

    /// <inheritdoc/>
    public override HostCommand HoldCommand(string jobId) => PbsText.Command(CommandTimeout, "qhold", jobId);

    /// <inheritdoc/>
    public override HostCommand ReleaseCommand(string jobId) => PbsText.Command(CommandTimeout, "qrls", jobId);

    /// <summary>qhold and qrls say nothing of an unknown job but the exit code 153; 170 with this text is a job that has completed.</summary>
    public override JobControlAnswer ReadControl(CommandResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (result.Succeeded) return JobControlAnswer.Accepted;
        return result.ExitCode == 153 || result.AllOutput.Contains("COMPLETE", StringComparison.Ordinal) ? JobControlAnswer.AlreadyEnded : JobControlAnswer.Refused;
    }

    [GeneratedRegex(@"^\s*Version:\s*(\d+\.\d+)", RegexOptions.Multiline)]
    private static partial Regex VersionLine();
}
