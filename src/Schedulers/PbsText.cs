using System.Globalization;
using System.Text.RegularExpressions;

namespace PathosHpc;

/// <summary>What PBS and Torque have in common: the names of their commands, the shape of their ids, and a good part of their directives.</summary>
internal static partial class PbsText
{
    /// <summary>Variables of the caller that would reach into the submission.</summary>
    internal static readonly string[] Hidden = ["PBS_*", "SBATCH_*", "SLURM_*"];

    /// <summary>Variables that choose the user's server and installation.</summary>
    internal static readonly string[] Kept = ["PBS_DEFAULT", "PBS_SERVER", "PBS_CONF_FILE", "PBS_EXEC", "PBS_HOME"];

    /// <summary>Texts of commands that did not reach the server: whatever was asked is not answered.</summary>
    private static readonly string[] Unreachable =
        ["cannot connect to server", "Connection refused", "Connection timed out", "Connection reset", "Server shutting down", "Unable to authorize", "trqauthd", "No route to host"];

    internal static HostCommand Command(TimeSpan timeout, params IReadOnlyList<string> arguments) => new(arguments)
    {
        HiddenVariables = Hidden,
        KeptVariables = Kept,
        // Times of the servers are printed in the client's zone and language.
        Variables = new Dictionary<string, string> { ["LC_ALL"] = "C", ["TZ"] = "UTC" },
        Timeout = timeout,
    };

    internal static bool IsUnreachable(CommandResult result) =>
        result.TimedOut || Unreachable.Any(text => result.AllOutput.Contains(text, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether two forms of an id mean one job: servers print their names with their domain, without, or as an alias of the commands' host has it.</summary>
    internal static bool IsSameId(string id, string other)
    {
        if (id == other) return true;
        var (left, right) = (id.Split('.', 2), other.Split('.', 2));
        return left[0] == right[0] && (left.Length == 1 || right.Length == 1 || (left[1] + ".").StartsWith(right[1] + ".", StringComparison.OrdinalIgnoreCase)
            || (right[1] + ".").StartsWith(left[1] + ".", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The records of the jobs that were asked about, under the ids that they were asked by.</summary>
    internal static List<JobRecord> OfAsked(IEnumerable<JobRecord> records, IReadOnlyList<string> jobIds) =>
        [.. from record in records from id in jobIds.Where(id => IsSameId(id, record.Id)).Take(1) select record with { Id = id }];

    /// <summary>Whether a line of stderr is about this job.</summary>
    internal static bool IsAbout(string line, string id) =>
        line.Split([' ', '\t', ':', ',', ';', '"', '\''], StringSplitOptions.RemoveEmptyEntries).Any(word => char.IsAsciiDigit(word[0]) && IsSameId(word.TrimEnd('.'), id));

    /// <summary>An id stands alone in its line and names its server. Sites' wrappers and hooks print before and after, numbers too.</summary>
    internal static JobSubmission ReadSubmission(CommandResult result)
    {
        foreach (var line in result.Lines.Reverse())
            if (IdLine().Match(line) is { Success: true } match) return new JobSubmission(match.Groups[1].Value, IsCertain: true, IsRejected: false);
        foreach (var line in result.Lines.Reverse())
            if (IdInLine().Match(line) is { Success: true } match) return new JobSubmission(match.Value, IsCertain: false, IsRejected: false);
        foreach (var line in result.Lines.Reverse())
            if (BareId().Match(line) is { Success: true } match) return new JobSubmission(match.Groups[1].Value, IsCertain: false, IsRejected: false);
        return new JobSubmission(null, IsCertain: false, IsRejected: !IsUnreachable(result) && !result.Succeeded);
    }

    internal static IReadOnlyList<string>? ReadFound(CommandResult result) => !result.Succeeded ? null
        : [.. result.Lines.Select(line => BareId().Match(line)).Where(m => m.Success).Select(m => m.Groups[1].Value)];

    /// <summary>Directives that both read: name, walltime, queue, account, mail, dependencies, hold, no rerun.</summary>
    internal static IEnumerable<string> Common(JobPlan plan, Scheduler scheduler, string? queue)
    {
        if (plan.Spec.Resources.Walltime is { } limit) yield return $"-l walltime={WalltimeText.Pbs(limit)}";
        foreach (var extra in plan.Spec.Resources.Extra?.Split(',') ?? []) yield return $"-l {extra}";
        if (queue is not null) yield return $"-q {queue}";
        if (scheduler.Account is { } account) yield return $"-A {account}";
        if (scheduler.Mail != JobMail.None)
        {
            yield return $"-M {scheduler.MailAddress}";
            yield return $"-m {MailLetters(scheduler.Mail)}";
        }
        if (plan.Spec.Dependencies.Count > 0)
            yield return $"-W depend={string.Join(',', plan.Spec.Dependencies.Select(d => $"{Word(d.Condition)}:{string.Join(':', d.JobIds)}"))}";
        if (plan.Spec.Held) yield return "-h";
        yield return "-r n";
        yield return "-j oe";
    }

    /// <summary>Each node once, the first one first, and the same with its ranks as slots.</summary>
    internal static IEnumerable<string> HostFiles(JobPlan plan) =>
    [
        "# Each node once, the first node first, and the same with its ranks as slots, for launchers that want a host file.",
        "export PATHOS_HOSTS=$attempt/hosts PATHOS_SLOTS=$attempt/slots",
        "awk '!seen[$0]++' \"$PBS_NODEFILE\" >\"$PATHOS_HOSTS\"",
        plan.Spec.Resources.HasNodes
            ? string.Create(CultureInfo.InvariantCulture, $"sed 's/$/ slots={plan.Spec.Resources.RanksPerNode ?? 1}/' \"$PATHOS_HOSTS\" >\"$PATHOS_SLOTS\"")
            : "awk '{n[$0]++} END {for (host in n) print host \" slots=\" n[host]}' \"$PBS_NODEFILE\" >\"$PATHOS_SLOTS\"",
        .. plan.Folder is not { } folder ? Array.Empty<string>() : IsPlain(folder) ? ["export PATHOS_REMOTE=$folder/remote.sh"] :
        [
            "# Open MPI takes the path of its remote start apart at blanks, so that it gets another name on the file system that all nodes share.",
            "export PATHOS_REMOTE=$HOME/.pathos-remote-${job%%.*}",
            "ln -sfn \"$folder/remote.sh\" \"$PATHOS_REMOTE\" && trap 'rm -f \"$PATHOS_REMOTE\"' EXIT",
        ],
    ];

    /// <summary>Whether a path can stand in a directive as it is.</summary>
    internal static bool IsPlain(string path) => path.All(c => char.IsAsciiLetterOrDigit(c) || "/_-.+".Contains(c, StringComparison.Ordinal));

    /// <summary>Whether an exit code of a script says that a signal ended its command, and which.</summary>
    internal static int? SignalOf(int exitCode) => exitCode is > 128 and <= 192 ? exitCode - 128 : null;

    /// <summary>Whether the job ran for as long as it was allowed to.</summary>
    internal static bool UsedItsWalltime(string? used, TimeSpan? limit) => WalltimeText.Read(used) is { } time && limit is { } most && time >= most;

    /// <summary>What the node's daemon writes when it kills a job.</summary>
    internal static JobFailureReason? ReadLog(string tail) => KilledLine().Match(tail) is not { Success: true } match ? null
        : match.Groups[1].Value == "walltime" ? JobFailureReason.Walltime : match.Groups[1].Value.EndsWith("mem", StringComparison.Ordinal) ? JobFailureReason.OutOfMemory : null;

    private static string MailLetters(JobMail mail) => string.Concat(
        mail.HasFlag(JobMail.Start) ? "b" : "", mail.HasFlag(JobMail.End) ? "e" : "", mail.HasFlag(JobMail.Failure) ? "a" : "");

    private static string Word(JobDependencyCondition condition) => condition switch
    {
        JobDependencyCondition.Succeeded => "afterok",
        JobDependencyCondition.Failed => "afternotok",
        JobDependencyCondition.Ended => "afterany",
        _ => "after",
    };

    [GeneratedRegex(@"=>> PBS: job killed: (\w+) \S+ exceeded limit")]
    private static partial Regex KilledLine();

    [GeneratedRegex(@"^\s*(\d+(?:\[\])?\.[A-Za-z][\w.-]*)\s*$")]
    private static partial Regex IdLine();

    [GeneratedRegex(@"^\s*(\d+(?:\[\])?(?:\.[\w-]*[A-Za-z][\w.-]*)?)\s*$")]
    private static partial Regex BareId();

    [GeneratedRegex(@"(?<![\w.-])\d+(?:\[\])?\.[A-Za-z][\w.-]*\w")]
    private static partial Regex IdInLine();
}
