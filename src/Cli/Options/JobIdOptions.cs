using CommandLine;

namespace PathosHpc;

/// <summary>Commands that name jobs.</summary>
internal abstract class JobIdsOptions : CommonOptions
{
    [Value(0, MetaName = "id", HelpText = "Ids of jobs: ours (as submit shows them) or the scheduler's.")]
    public IEnumerable<string> Ids { get; set; } = [];
}

/// <summary>pathos status</summary>
[Verb("status", HelpText = "Show jobs; without an id, those of the work folder.")]
internal sealed class StatusOptions : JobIdsOptions
{
    [Option("all", HelpText = "Also those that ended long ago; else the newest 20.")]
    public bool All { get; set; }
}

/// <summary>pathos wait</summary>
[Verb("wait", HelpText = "Wait until jobs have ended: exit code 0 completed, 1 failed, 5 canceled.")]
internal sealed class WaitOptions : JobIdsOptions;

/// <summary>pathos cancel</summary>
[Verb("cancel", HelpText = "Cancel jobs and wait until they are gone.")]
internal sealed class CancelOptions : JobIdsOptions;

/// <summary>pathos hold</summary>
[Verb("hold", HelpText = "Hold waiting jobs back.")]
internal sealed class HoldOptions : JobIdsOptions;

/// <summary>pathos release</summary>
[Verb("release", HelpText = "Let held jobs go.")]
internal sealed class ReleaseOptions : JobIdsOptions;

/// <summary>pathos logs</summary>
[Verb("logs", HelpText = "Show what a job wrote.")]
internal sealed class LogsOptions : JobIdsOptions
{
    [Option('f', "follow", HelpText = "Wait for more until the job has ended.")]
    public bool Follow { get; set; }

    [Option("errors", HelpText = "Its standard error instead of its standard output.")]
    public bool Errors { get; set; }

    [Option("scheduler-log", HelpText = "What the scheduler's daemons wrote.")]
    public bool SchedulerLog { get; set; }
}
