using System.Globalization;

namespace PathosHpc;

public sealed partial class SlurmScheduler
{
    /// <summary>Fields of squeue, in the order that <see cref="ReadLine"/> takes them; a name may hold the separator, so it is last.</summary>
    private static readonly string[] Fields =
        ["JobID", "State", "Reason", "exit_code", "Partition", "NumNodes", "NumTasks", "TimeLimit", "MinMemory", "NodeList", "StartTime", "Name"];

    /// <summary>Reasons of pending jobs that no waiting cures.</summary>
    private static readonly HashSet<string> NeverRuns = new(StringComparer.OrdinalIgnoreCase)
    {
        "PartitionNodeLimit", "PartitionConfig", "PartitionTimeLimit", "BadConstraints", "AccountNotAllowed", "QOSNotAllowed", "InvalidAccount",
        "InvalidQOS", "DependencyNeverSatisfied", "AssocMaxNodePerJobLimit", "AssocMaxWallDurationPerJobLimit", "AssocMaxCpuPerJobLimit",
        "QOSMaxNodePerJobLimit", "QOSMaxWallDurationPerJobLimit", "QOSMaxCpuPerJobLimit", "QOSMinCpuNotSatisfied",
    };

    /// <inheritdoc/>
    protected internal override HostCommand QueryCommand(IReadOnlyList<string> jobIds) => Command(
        "squeue", "--noheader", "--states=all", $"--jobs={string.Join(',', jobIds)}", $"--Format={string.Join(",", Fields.Select((f, i) => i == Fields.Length - 1 ? f + ":" : f + ":|"))}");

    /// <inheritdoc/>
    protected internal override JobQueryAnswer ReadQuery(CommandResult result, IReadOnlyList<string> jobIds)
    {
        ArgumentNullException.ThrowIfNull(result);
        // One known id among unknown ones gives exit code 0; unknown ids alone give exit code 1 and this text.
        var noneKnown = result.StandardError.Contains("Invalid job id specified", StringComparison.OrdinalIgnoreCase);
        if (result.TimedOut || (!result.Succeeded && !noneKnown)) return JobQueryAnswer.Failed(result);
        var records = result.Lines.Select(ReadLine).OfType<JobRecord>().ToList();
        return new JobQueryAnswer(records, [.. jobIds.Where(id => records.All(r => r.Id != id))]);
    }

    /// <inheritdoc/>
    protected internal override HostCommand HistoryCommand(IReadOnlyList<string> jobIds) => Command(
        "sacct", "--noheader", "--parsable2", "--allocations", $"--jobs={string.Join(',', jobIds)}", "--format=JobIDRaw,State,ExitCode,Reason,NodeList,JobName");

    /// <inheritdoc/>
    protected internal override JobQueryAnswer ReadHistory(CommandResult result, IReadOnlyList<string> jobIds)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (result.StandardError.Contains("accounting storage is disabled", StringComparison.OrdinalIgnoreCase))
            return new JobQueryAnswer([], jobIds) { HasNoHistory = true };
        if (!result.Succeeded) return JobQueryAnswer.Failed(result);
        var records = new List<JobRecord>();
        foreach (var fields in result.Lines.Select(line => line.Split('|', 6)).Where(f => f.Length == 6 && jobIds.Contains(f[0])))
        {
            var (code, signal) = ExitAndSignal(fields[2]);
            // Just after the submission sacct shows the name "allocation" for every job.
            records.Add(Record(fields[0], fields[1], fields[3], code, signal) with { NodeList = Known(fields[4]), Name = fields[5] == "allocation" ? null : fields[5] });
        }
        return new JobQueryAnswer(records, [.. jobIds.Where(id => records.All(r => r.Id != id))]);
    }

    /// <summary>Without cgroups only the log tells a job that exceeded its memory from one that was killed otherwise.</summary>
    protected internal override JobFailureReason? ReadLog(string tail)
    {
        ArgumentNullException.ThrowIfNull(tail);
        if (tail.Contains("DUE TO TIME LIMIT", StringComparison.Ordinal)) return JobFailureReason.Walltime;
        if (tail.Contains("DUE TO NODE FAILURE", StringComparison.Ordinal)) return JobFailureReason.NodeFailure;
        return tail.Contains("oom-kill event", StringComparison.Ordinal) || tail.Contains("Exceeded job memory limit", StringComparison.Ordinal)
            || tail.Contains("exceeded memory limit", StringComparison.Ordinal) ? JobFailureReason.OutOfMemory : null;
    }

    private static JobRecord? ReadLine(string line)
    {
        var f = line.Split('|', Fields.Length);
        if (f.Length != Fields.Length) return null;
        DateTimeOffset? start = DateTime.TryParseExact(f[10].Trim(), "s", CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var time) ? time : null;
        int? status = int.TryParse(f[3], NumberStyles.Integer, CultureInfo.InvariantCulture, out var raw) ? raw : null;
        var signal = status & 0x7f;
        return Record(f[0].Trim(), f[1].Trim(), f[2].Trim(), signal is null or 0 ? status >> 8 & 0xff : null, signal is 0 ? null : signal) with
        {
            Queue = Known(f[4]),
            Nodes = Number(f[5]),
            Ranks = Number(f[6]),
            Walltime = WalltimeText.Read(f[7].Trim()),
            Memory = MemorySize.TryParse(f[8].Trim(), out var memory) && memory.Bytes > 0 ? memory : null,
            NodeList = Known(f[9]),
            ExpectedStart = start,
            Name = f[11].TrimEnd(),
        };
    }

    private static JobRecord Record(string id, string word, string reason, int? exitCode, int? signal)
    {
        // sacct writes "CANCELLED by 1000": the word is the first, the rest is who.
        var words = word.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var state = SlurmStates.Map(words.FirstOrDefault() ?? "", reason);
        var failure = SlurmStates.Failure(words.FirstOrDefault() ?? "", reason, exitCode, signal);
        return new JobRecord
        {
            Id = id,
            State = state,
            StateWord = word,
            Comment = reason is "None" or "(null)" ? "" : reason,
            Reason = failure,
            ExitCode = exitCode,
            Signal = signal,
            CanceledBy = words.Length == 3 && words[1] == "by" ? words[2] : null,
            CanNeverRun = state is JobState.Queued or JobState.Held && NeverRuns.Contains(reason),
        };
    }

    /// <summary>sacct's <c>code:signal</c>.</summary>
    private static (int? Code, int? Signal) ExitAndSignal(string text)
    {
        var parts = text.Split(':');
        if (parts.Length != 2) return (null, null);
        var signal = Number(parts[1]);
        return signal is > 0 ? (null, signal) : (Number(parts[0]), null);
    }

    private static int? Number(string text) => int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static string? Known(string text) => text.Trim() is { Length: > 0 } t && t is not ("N/A" or "(null)" or "None assigned") ? t : null;
}
