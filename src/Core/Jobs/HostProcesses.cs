using System.Globalization;

namespace PathosHpc;

/// <summary>Where there is no queue: a job is a process of its host, which outlives the connection that started it. Its id is its process id and
/// the name of the machine, since an address may lead to another of several.</summary>
internal sealed class HostProcesses : Scheduler
{
    private const string IdVariable = "PATHOS_PROCESS";

    /// <summary>Begins a session of its own, with the id that the script wants to know.</summary>
    private const string Start = """
        machine=$(uname -n)
        setsid /bin/sh -c 'export PATHOS_PROCESS="$$.$2"; exec bash "$1"' sh "$1" "$machine" </dev/null >"${1%/*}/scheduler.log" 2>&1 &
        echo "$!.$machine"
        """;

    /// <summary>Tells of each id whether its script runs, or that it is another machine's. What a script that was killed left behind is ended.</summary>
    private const string Ask = """
        machine=$(uname -n)
        left() { for q in $(pgrep -s "${1%%.*}"); do tr '\0' '\n' <"/proc/$q/environ" 2>/dev/null | grep -qxF "PATHOS_PROCESS=$1" && echo "$q"; done; }
        for id; do
          if [ "${id#*.}" != "$machine" ]; then echo "$id elsewhere $machine"; continue; fi
          a=$(ps -o args= -p "${id%%.*}" 2>/dev/null)
          case $a in *bash*/job.sh*) echo "$id runs $a" ;; *)
            l=$(left "$id")
            if [ -n "$l" ]; then
              kill -s TERM $l 2>/dev/null
              for i in 1 2 3 4 5 6 7 8; do sleep 0.5; l=$(left "$id"); [ -n "$l" ] || break; done
              [ -z "$l" ] || kill -s KILL $l 2>/dev/null
            fi
            echo "$id gone" ;;
          esac
        done
        """;

    private const string Find = """
        machine=$(uname -n)
        ps -eo pid=,args= | while read -r p a; do case $a in bash\ */"$1"/job.sh) echo "$p.$machine" ;; esac; done
        """;

    /// <summary>The script hands the signal on, and waits for what it runs; what does not end so is killed with all of its session.</summary>
    private const string Cancel = """
        machine=$(uname -n) p=${1%%.*}
        if [ "${1#*.}" != "$machine" ]; then echo "it runs on ${1#*.}, and this is $machine" >&2; exit 1; fi
        alive() { case $(ps -o args= -p "$p" 2>/dev/null) in *bash*/job.sh*) ;; *) return 1 ;; esac; }
        alive || { echo gone; exit 0; }
        kill -s TERM "$p"
        setsid /bin/sh -c 'sleep 20; case $(ps -o args= -p "$1" 2>/dev/null) in *bash*/job.sh*) pkill -KILL -s "$1" ;; esac' sh "$p" </dev/null >/dev/null 2>&1 &
        """;

    public static HostProcesses Instance { get; } = new() { Pace = new JobPace { MostQueries = 120 } };

    public override string Name => "the host";

    protected internal override HostCommand VersionCommand => new("setsid", "--version");

    protected override string DirectivePrefix => "#";

    protected override string JobIdVariable => IdVariable;

    protected override string SubmitFolderVariable => "PWD";

    protected internal override Version? ReadVersion(CommandResult result) => result.Succeeded ? new Version(0, 0) : null;

    protected internal override HostCommand SubmitCommand(JobPlan plan, string scriptPath) => Script(Start, scriptPath) with { Timeout = SubmitTimeout };

    protected internal override JobSubmission ReadSubmission(CommandResult result) => result.Succeeded && result.Lines.LastOrDefault(IsId) is { } id
        ? new JobSubmission(id, IsCertain: true, IsRejected: false) : new JobSubmission(null, IsCertain: false, IsRejected: !result.TimedOut);

    protected internal override HostCommand QueryCommand(IReadOnlyList<string> jobIds) => Script(Ask, [.. jobIds]);

    protected internal override JobQueryAnswer ReadQuery(CommandResult result, IReadOnlyList<string> jobIds)
    {
        if (!result.Succeeded)
            return JobQueryAnswer.Failed(result);
        string[][] lines = [.. result.Lines.Select(line => line.Split(' ', 3)).Where(words => words.Length > 1)];
        if (Array.Find(lines, words => words[1] == "elsewhere") is { } other)
            return new JobQueryAnswer([], [], $"job {other[0]} runs on another machine than {other[2]}, where this address leads now; name the machine itself.");
        return new JobQueryAnswer([.. lines.Where(words => words[1] == "runs").Select(words => new JobRecord { Id = words[0], Name = NameOf(words[2]), State = JobState.Running, StateWord = "RUNNING" })],
            [.. lines.Where(words => words[1] == "gone").Select(words => words[0])]);
    }

    protected internal override HostCommand? HistoryCommand(IReadOnlyList<string> jobIds) => QueryCommand(jobIds);

    protected internal override JobQueryAnswer ReadHistory(CommandResult result, IReadOnlyList<string> jobIds)
    {
        JobQueryAnswer answer = ReadQuery(result, jobIds);
        return answer with
        {
            Records = [.. answer.Records, .. answer.UnknownIds.Select(id => new JobRecord
            {
                Id = id, State = JobState.Failed, StateWord = "GONE", Comment = "it was killed, or its machine was started anew", Reason = JobFailureReason.Unknown,
            })],
            UnknownIds = [],
        };
    }

    protected internal override HostCommand FindCommand(string jobName) => Script(Find, jobName);

    protected internal override IReadOnlyList<string>? ReadFound(CommandResult result) => result.Succeeded ? [.. result.Lines.Where(IsId)] : null;

    protected internal override HostCommand CancelCommand(string jobId) => Script(Cancel, jobId);

    protected internal override HostCommand HoldCommand(string jobId) => new("false");

    protected internal override HostCommand ReleaseCommand(string jobId) => new("false");

    protected internal override JobControlAnswer ReadControl(CommandResult result) =>
        !result.Succeeded ? JobControlAnswer.Refused : result.Lines.Contains("gone") ? JobControlAnswer.AlreadyEnded : JobControlAnswer.Accepted;

    protected override IEnumerable<string> Directives(JobPlan plan) => [];

    protected override IEnumerable<string> CheckCapabilities(JobSpec spec)
    {
        if (spec.Held || spec.Dependencies.Count > 0)
            yield return "A job can neither be held nor wait for others without a Scheduler.";
    }

    private static HostCommand Script(string text, params string[] arguments) => new(["/bin/sh", "-c", text, "sh", .. arguments]) { Timeout = TimeSpan.FromSeconds(30) };

    private static bool IsId(string line) => line.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot && int.TryParse(line.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out _);

    /// <summary>The job's name is that of the folder that its script lies in.</summary>
    private static string? NameOf(string arguments) => arguments.Split('/') is [.., var name, _] ? name : null;
}
