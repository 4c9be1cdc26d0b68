using System.Text.RegularExpressions;

namespace PathosHpc;

public sealed partial class PbsScheduler
{
    /// <inheritdoc/>
    protected internal override Version? ReadVersion(CommandResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (VersionLine().Match(result.AllOutput) is not { Success: true } match || !result.Succeeded) return null;
        return Version.TryParse(match.Groups[1].Value, out var version) ? version : new Version(0, 0);
    }

    /// <summary><c>-f</c> keeps qsub in the foreground: the daemon that it leaves otherwise submits on although its caller was told that it failed.</summary>
    protected internal override HostCommand SubmitCommand(JobPlan plan, string scriptPath)
    {
        ArgumentNullException.ThrowIfNull(plan);
        string[] odd = plan.Folder is { } folder && !PbsText.IsPlain(folder) && !HasControl(folder) ? ["-o", $"{folder}/scheduler.log"] : [];
        return PbsText.Command(SubmitTimeout, ["qsub", "-f", .. odd, scriptPath]);
    }

    /// <inheritdoc/>
    protected internal override JobControlAnswer ReadControl(CommandResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (result.Succeeded) return JobControlAnswer.Accepted;
        return result.AllOutput.Contains("Unknown Job Id", StringComparison.OrdinalIgnoreCase) || result.AllOutput.Contains("Job has finished", StringComparison.OrdinalIgnoreCase)
            ? JobControlAnswer.AlreadyEnded : JobControlAnswer.Refused;
    }

    [GeneratedRegex(@"pbs_version\s*=\s*\D*(\d+\.\d+)")]
    private static partial Regex VersionLine();
}
