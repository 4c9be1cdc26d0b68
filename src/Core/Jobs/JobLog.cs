namespace PathosHpc;

/// <summary>The logs of a job, files of its folder.</summary>
public enum JobLog
{
    /// <summary>What the program wrote: <c>stdout.log</c>.</summary>
    Output,
    /// <summary>What it wrote to its standard error: <c>stderr.log</c>.</summary>
    Error,
    /// <summary>What the scheduler's own daemons wrote: <c>scheduler.log</c>.</summary>
    Scheduler,
}
