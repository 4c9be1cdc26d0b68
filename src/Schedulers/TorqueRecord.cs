using System.Globalization;
using System.Xml.Linq;

namespace PathosHpc;

/// <summary>One job of <c>qstat -x</c>.</summary>
internal static class TorqueRecord
{
    internal static JobRecord Read(XElement job)
    {
        var (word, comment) = ((string?)job.Element("job_state") ?? "", (string?)job.Element("comment") ?? "");
        var asked = job.Element("Resource_List");
        var walltime = WalltimeText.Read((string?)asked?.Element("walltime"));
        var record = new JobRecord
        {
            Id = (string?)job.Element("Job_Id") ?? "",
            Name = (string?)job.Element("Job_Name"),
            State = State(word, (string?)job.Element("Hold_Types")),
            StateWord = word,
            Comment = comment,
            CanNeverRun = comment.Contains("Unknown node-attribute", StringComparison.Ordinal),
            Queue = (string?)job.Element("queue"),
            Nodes = Number((string?)asked?.Element("nodect")),
            Walltime = walltime,
            Memory = MemorySize.TryParse((string?)asked?.Element("mem"), out var memory) ? memory : null,
            NodeList = (string?)job.Element("exec_host"),
        };
        // An exit_status of a job that runs again is that of its earlier run.
        return word != "C" ? record : Ended(record, Number((string?)job.Element("exit_status")),
            PbsText.UsedItsWalltime((string?)job.Element("resources_used")?.Element("walltime"), walltime));
    }

    private static JobState State(string word, string? holds) => word switch
    {
        "Q" or "W" or "T" => JobState.Queued,
        // A system hold is a dependency or a limit on array slots; only the user's and the operator's wait for someone.
        "H" => holds is null || holds.Any(h => h is 'u' or 'o') ? JobState.Held : JobState.Queued,
        "R" => JobState.Running,
        "S" => JobState.Suspended,
        "E" => JobState.Ending,
        _ => JobState.Unknown,
    };

    private static JobRecord Ended(JobRecord record, int? exit, bool atLimit)
    {
        var failed = record with { State = JobState.Failed };
        if (record.Comment.Contains("result of dependency", StringComparison.Ordinal)) return failed with { Reason = JobFailureReason.DependencyFailed };
        return exit switch
        {
            null => record with { State = JobState.Canceled, Reason = JobFailureReason.Canceled },
            0 => record with { State = JobState.Completed, ExitCode = 0 },
            > 0 and < 256 => failed with { ExitCode = exit, Signal = PbsText.SignalOf(exit.Value), Reason = PbsText.SignalOf(exit.Value) is null ? JobFailureReason.ExitCode : JobFailureReason.Signal },
            // Before version 6 the walltime's kill looked like qdel's.
            271 when atLimit => failed with { Signal = 15, Reason = JobFailureReason.Walltime },
            271 or 265 => record with { State = JobState.Canceled, Reason = JobFailureReason.Canceled, Signal = exit - 256 },
            >= 256 => failed with { Signal = exit - 256, Reason = JobFailureReason.Signal },
            -11 => failed with { Reason = JobFailureReason.Walltime },
            -10 => failed with { Reason = JobFailureReason.OutOfMemory },
            -12 => failed with { Reason = JobFailureReason.Unknown, Comment = $"{record.Comment} (the limit on processor time was exceeded: exit_status -12)" },
            <= -4 and >= -7 => failed with { Reason = JobFailureReason.NodeFailure, Comment = $"{record.Comment} (exit_status {exit})" },
            < 0 => failed with { Reason = JobFailureReason.LaunchFailure, Comment = $"{record.Comment} (exit_status {exit})" },
        };
    }

    private static int? Number(string? text) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;
}
