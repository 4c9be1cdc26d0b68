using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace PathosHpc;

/// <summary>One job of <c>qstat -f -F json</c>. Numbers may be strings and strings may be numbers there.</summary>
internal static partial class PbsRecord
{
    internal static JobRecord Read(string id, JsonElement job)
    {
        var (word, comment) = (Text(job, "job_state") ?? "", Text(job, "comment") ?? "");
        var (exit, substate) = (Number(job, "Exit_status"), Number(job, "substate"));
        var asked = job.TryGetProperty("Resource_List", out var list) ? list : default;
        var walltime = WalltimeText.Read(Text(asked, "walltime"));
        var used = job.TryGetProperty("resources_used", out var u) ? Text(u, "walltime") : null;
        var (chunks, ranks, memory) = Select(Text(asked, "select"));
        var record = new JobRecord
        {
            Id = id,
            Name = Text(job, "Job_Name"),
            State = State(word, substate, Text(job, "Hold_Types")),
            StateWord = word,
            Comment = comment,
            CanNeverRun = comment.StartsWith("Can Never Run", StringComparison.OrdinalIgnoreCase),
            Queue = Text(job, "queue"),
            Nodes = chunks,
            Ranks = ranks,
            Walltime = walltime,
            Memory = memory,
            NodeList = Text(job, "exec_host"),
        };
        if (word is not "F" and not "X") return record;
        var started = Text(job, "stime") is not null;
        return Ended(record, exit, substate, started, PbsText.UsedItsWalltime(used, walltime));
    }

    private static JobState State(string word, int? substate, string? holds) => word switch
    {
        "Q" or "W" or "T" => JobState.Queued,
        // Substate 22 waits for another job; a user's or operator's hold is what someone must release.
        "H" => substate == 22 || holds is "s" ? JobState.Queued : JobState.Held,
        "R" or "B" => JobState.Running,
        "S" or "U" => JobState.Suspended,
        "E" => JobState.Ending,
        _ => JobState.Unknown,
    };

    /// <summary>Success is an exit status of 0 and nothing else: an order to cancel that came too late marks the job as terminated as well.</summary>
    private static JobRecord Ended(JobRecord record, int? exit, int? substate, bool started, bool atLimit)
    {
        var terminated = substate == 91 || record.Comment.Contains("terminated", StringComparison.Ordinal);
        var failed = record with { State = JobState.Failed };
        var canceled = record with { State = JobState.Canceled, Reason = JobFailureReason.Canceled, CanceledBy = By().Match(record.Comment) is { Success: true } by ? by.Groups[1].Value : null };
        return exit switch
        {
            0 => record with { State = JobState.Completed, ExitCode = 0 },
            // The script's own trap turned the cancel's signal into an exit code.
            143 or 137 when terminated => canceled with { ExitCode = exit, Signal = exit - 128 },
            > 0 and < 256 => failed with { ExitCode = exit, Signal = PbsText.SignalOf(exit.Value), Reason = PbsText.SignalOf(exit.Value) is null ? JobFailureReason.ExitCode : JobFailureReason.Signal },
            >= 256 when record.Comment.Contains("exceeded resource walltime", StringComparison.Ordinal) || (atLimit && !terminated) => failed with { Signal = exit - 256, Reason = JobFailureReason.Walltime },
            >= 256 when terminated && exit is 271 or 265 => canceled with { Signal = exit - 256 },
            >= 256 => failed with { Signal = exit - 256, Reason = JobFailureReason.Signal },
            -29 => failed with { Reason = JobFailureReason.Walltime },
            -27 or -26 => failed with { Reason = JobFailureReason.OutOfMemory },
            -28 or -25 or -24 => failed with { Reason = JobFailureReason.Unknown, Comment = $"{record.Comment} (a limit on processor time or number was exceeded: Exit_status {exit})" },
            -4 => failed with { Reason = JobFailureReason.NodeFailure },
            < 0 => failed with { Reason = JobFailureReason.LaunchFailure, Comment = $"{record.Comment} (Exit_status {exit})" },
            null when substate == 92 && !started => failed with { Reason = JobFailureReason.DependencyFailed },
            null when terminated => canceled,
            null => failed with { Reason = JobFailureReason.Unknown },
        };
    }

    /// <summary>Chunks, ranks and memory of a select statement such as <c>4:ncpus=16:mpiprocs=2:mem=64gb+1:ncpus=1</c>.</summary>
    private static (int? Chunks, int? Ranks, MemorySize? Memory) Select(string? select)
    {
        if (select is null) return (null, null, null);
        var (chunks, ranks, bytes) = (0, 0, 0L);
        foreach (var part in select.Split('+'))
        {
            var words = part.Split(':');
            var given = int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var count);
            if (!given) count = 1;
            var values = words.Skip(given ? 1 : 0).Select(w => w.Split('=', 2)).Where(w => w.Length == 2).ToLookup(w => w[0], w => w[1]);
            chunks += count;
            ranks += count * (int.TryParse(values["mpiprocs"].FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 1);
            if (MemorySize.TryParse(values["mem"].FirstOrDefault(), out var memory)) bytes += count * memory.Bytes;
        }
        return (chunks, ranks, bytes > 0 ? new MemorySize(bytes) : null);
    }

    private static string? Text(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) ? value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText() : null;

    private static int? Number(JsonElement parent, string name) =>
        int.TryParse(Text(parent, name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;

    [GeneratedRegex(@"terminated by (\S+?)(@|;|\s|$)")]
    private static partial Regex By();
}
