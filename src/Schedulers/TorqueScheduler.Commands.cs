using System.Text.RegularExpressions;

namespace PathosHpc;

public sealed partial class TorqueScheduler
{
    /// <inheritdoc/>
    protected internal override Version? ReadVersion(CommandResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return result.Succeeded && VersionLine().Match(result.AllOutput) is { Success: true } match ? Version.Parse(match.Groups[1].Value) : null;
    }

    /// <inheritdoc/>
    protected internal override HostCommand SubmitCommand(JobPlan plan, string scriptPath) => PbsText.Command(SubmitTimeout, "qsub", scriptPath);

    /// <summary>qhold and qrls say nothing of an unknown job but the exit code 153; 170 with this text is a job that has completed.</summary>
    protected internal override JobControlAnswer ReadControl(CommandResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (result.Succeeded) return JobControlAnswer.Accepted;
        return result.ExitCode == 153 || result.AllOutput.Contains("COMPLETE", StringComparison.Ordinal) ? JobControlAnswer.AlreadyEnded : JobControlAnswer.Refused;
    }

    [GeneratedRegex(@"^\s*Version:\s*(\d+\.\d+)", RegexOptions.Multiline)]
    private static partial Regex VersionLine();
}
