using System.Text.RegularExpressions;

namespace PathosHpc;

public sealed partial class SlurmScheduler
{
    /// <summary>Variables of the caller that would silently beat the script's directives, or make sbatch fail inside an allocation.</summary>
    private static readonly string[] Hidden = ["SBATCH_*", "SLURM_*", "SRUN_*", "SALLOC_*", "SQUEUE_*", "SACCT_*", "SCANCEL_*", "SCONTROL_*"];

    private static readonly string[] Kept = ["SLURM_CONF", "SLURM_CONF_SERVER", "SLURM_JWT"];

    /// <summary>What a login has, and what sbatch may need to be let in.</summary>
    private static readonly string[] KeptBySubmission = [.. Kept, "PATH", "HOME", "USER", "LOGNAME", "SHELL", "KRB5CCNAME"];

    /// <summary>Texts of commands that did not reach the controller, or whose answer was lost: the job may exist.</summary>
    private static readonly string[] Unreachable =
    [
        "Unable to contact slurm controller", "Socket timed out", "Connection refused", "Connection timed out", "Zero Bytes were transmitted",
        "Slurm backup controller in standby", "Unexpected missing socket", "Slurm temporarily unable to accept job", "Transport endpoint", "Connection reset",
    ];

    /// <inheritdoc/>
    protected internal override HostCommand VersionCommand => Command("sbatch", "--version");

    /// <inheritdoc/>
    protected internal override Version? ReadVersion(CommandResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return VersionLine().Match(result.StandardOutput) is { Success: true } match && result.Succeeded
            ? Version.Parse($"{match.Groups[1].Value}.{match.Groups[2].Value}") : null;
    }

    /// <inheritdoc/>
    protected internal override HostCommand SubmitCommand(JobPlan plan, string scriptPath)
    {
        ArgumentNullException.ThrowIfNull(plan);
        string[] odd = plan.Folder is { } folder && !IsPlain(folder) ? [$"--output={LogPath(folder)}", $"--chdir={folder}"] : [];
        // With any other --export, Slurm runs a login shell of the user on the node before the script: whatever that takes, and where it hangs the node is taken for lost. The
        // script reads those files itself. So the job may see sbatch's environment, in which there is nothing. By hand the script's own --export holds.
        return Command(["sbatch", "--parsable", .. odd, scriptPath]) with { Timeout = SubmitTimeout, HiddenVariables = ["*"], KeptVariables = KeptBySubmission, Variables = new Dictionary<string, string> { ["SBATCH_EXPORT"] = "ALL" } };
    }

    /// <inheritdoc/>
    protected internal override JobSubmission ReadSubmission(CommandResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        foreach (var line in result.Lines.Reverse())
            if (ParsableLine().Match(line) is { Success: true } match) return new JobSubmission(match.Groups[1].Value, IsCertain: true, IsRejected: false);
        foreach (var line in result.Lines.Reverse())
            if (SubmittedLine().Match(line) is { Success: true } match) return new JobSubmission(match.Groups[1].Value, IsCertain: false, IsRejected: false);
        var lost = result.TimedOut || result.Succeeded || Unreachable.Any(text => result.AllOutput.Contains(text, StringComparison.OrdinalIgnoreCase));
        return new JobSubmission(null, IsCertain: false, IsRejected: !lost);
    }

    /// <inheritdoc/>
    protected internal override HostCommand FindCommand(string jobName) => Command("squeue", "--noheader", "--states=all", $"--name={jobName}", "--format=%i|%j");

    /// <inheritdoc/>
    protected internal override IReadOnlyList<string>? ReadFound(CommandResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return result.Succeeded ? [.. result.Lines.Where(line => line.Contains('|', StringComparison.Ordinal)).Select(line => line.Split('|')[0])] : null;
    }

    /// <inheritdoc/>
    protected internal override HostCommand CancelCommand(string jobId) => Command("scancel", "--verbose", jobId);

    /// <inheritdoc/>
    protected internal override HostCommand HoldCommand(string jobId) => Command("scontrol", "hold", jobId);

    /// <inheritdoc/>
    protected internal override HostCommand ReleaseCommand(string jobId) => Command("scontrol", "release", jobId);

    /// <inheritdoc/>
    protected internal override JobControlAnswer ReadControl(CommandResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        string[] ended = ["already completing or completed", "already finished", "Invalid job id specified"];
        if (ended.Any(text => result.AllOutput.Contains(text, StringComparison.OrdinalIgnoreCase))) return JobControlAnswer.AlreadyEnded;
        return result.Succeeded ? JobControlAnswer.Accepted : JobControlAnswer.Refused;
    }

    private HostCommand Command(params IReadOnlyList<string> arguments) => new(arguments)
    {
        HiddenVariables = Hidden,
        KeptVariables = Kept,
        Variables = new Dictionary<string, string> { ["LC_ALL"] = "C" },
        Timeout = CommandTimeout,
    };

    [GeneratedRegex(@"slurm\S*\s+(\d+)\.(\d+)")]
    private static partial Regex VersionLine();

    [GeneratedRegex(@"^\s*(\d+)(;\S+)?\s*$")]
    private static partial Regex ParsableLine();

    [GeneratedRegex(@"\b[Jj]ob\s+(\d+)\b")]
    private static partial Regex SubmittedLine();
}
