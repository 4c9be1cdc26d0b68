using System.Globalization;

namespace PathosHpc;

/// <summary>The job of a world whose client is within it, beside the supervisor: it has ended when that has.</summary>
internal sealed class OwnWorldJob : WorldJob
{
    private readonly CancellationTokenSource stop = new();
    private readonly Task<JobResult> ended;

    /// <summary>Starts the supervisor.</summary>
    public OwnWorldJob(string id, string folder)
    {
        (Id, Folder) = (id, folder);
        ended = Task.Factory.StartNew(() => Supervise(folder), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public override string Id { get; }

    public override string Folder { get; }

    public override JobState State => HasEnded ? JobState.Ending : JobState.Running;

    public override bool HasEnded => ended.IsCompleted;

    public override Task<JobResult> WaitAsync(CancellationToken cancellationToken) => ended.WaitAsync(cancellationToken);

    public override async Task CancelAsync(CancellationToken cancellationToken)
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await ended.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private JobResult Supervise(string folder)
    {
        int code = Supervisor.Run(folder, stop.Token);
        return new JobResult
        {
            JobId = Id, ExitCode = code, State = code == 0 ? JobState.Completed : JobState.Failed, Reason = code == 0 ? null : JobFailureReason.LaunchFailure,
            Message = string.Create(CultureInfo.InvariantCulture, $"The supervisor of job {Id} ended with code {code}; it said why in the job's standard error."),
        };
    }
}
