using NLog;

namespace PathosHpc;

/// <summary>A job that was submitted to a scheduler, from its submission to its end. Its state is kept up to date in the background, by one
/// question about all jobs of this process at a time.</summary>
/// <example><code>
/// var spec = new JobSpec { Command = ["./relax", "input.xyz"], Resources = new() { Nodes = 1, Walltime = TimeSpan.FromHours(1) } };
/// await using var job = await BatchJob.SubmitAsync(new SlurmScheduler { Queue = "standard" }, spec);
/// var result = await job.WaitAsync();
/// Console.WriteLine(result.Message);
/// </code></example>
public sealed partial class BatchJob : IAsyncDisposable
{
    private static readonly Logger Log = LogManager.GetLogger("PathosHpc.Jobs");
    private readonly TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<JobResult> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> warnings = [];
    private readonly JobFolder folder;
    private readonly JobFollower follower;

    private BatchJob(Scheduler scheduler, ClusterHost host, JobPlan plan, string id)
    {
        (Scheduler, Host, Plan, Id) = (scheduler, host, plan, id);
        folder = new JobFolder(host, plan.Folder!);
        follower = JobFollower.For(host, scheduler);
    }

    /// <summary>The scheduler's id, as it printed it.</summary>
    public string Id { get; private set; }

    /// <summary>The name that the scheduler sees; no two submissions have the same. It is also this job's id for the <c>pathos</c> tool.</summary>
    public string Name => Plan.JobName;

    /// <summary>The job folder on the host.</summary>
    public string Folder => folder.Path;

    /// <summary>The adapter it was submitted with.</summary>
    public Scheduler Scheduler { get; }

    /// <summary>The machine it was submitted from.</summary>
    public ClusterHost Host { get; }

    /// <summary>The state as far as it is known.</summary>
    public JobState State { get; private set; } = JobState.Queued;

    /// <summary>The scheduler's last word about it, and its comment, such as <c>PENDING (Priority)</c>; empty before the first answer.</summary>
    public string StateText { get; private set; } = "";

    /// <summary>When the scheduler thinks that it will start; null when it does not say, or it has.</summary>
    public DateTimeOffset? ExpectedStart => State == JobState.Queued ? lastRecord?.ExpectedStart : null;

    /// <summary>The newest start of its script; null before the first.</summary>
    public JobAttempt? Attempt { get; private set; }

    /// <summary>How it ended; null until it has.</summary>
    public JobResult? Result => ended.Task.IsCompletedSuccessfully ? ended.Task.Result : null;

    /// <summary>What the user should know and nobody asked for: what was recorded otherwise than asked, a request that can never be met.</summary>
    public IReadOnlyList<string> Warnings
    {
        get
        {
            lock (warnings) return [.. warnings];
        }
    }

    /// <summary>When something is added to <see cref="Warnings"/>.</summary>
    public event Action<string>? Warned;

    internal JobPlan Plan { get; }

    internal TimeSpan? Walltime => recordedWalltime ?? Plan.Spec.Resources.Walltime;

    /// <summary>Whether this process gave the order to cancel it.</summary>
    internal bool WasCanceledHere { get; private set; }

    /// <summary>Waits until its script runs, or until it has ended without.</summary>
    public async Task WaitForStartAsync(CancellationToken cancellationToken = default) =>
        await Task.WhenAny(started.Task, ended.Task).WaitAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>Waits until it has ended, however; a failure is a result. <see cref="JobResult.EnsureCompleted"/> makes it an exception.</summary>
    public Task<JobResult> WaitAsync(CancellationToken cancellationToken = default) => ended.Task.WaitAsync(cancellationToken);

    /// <summary>Asks the scheduler anew as soon as its limit of questions allows, and waits until it has answered or failed to, or the job has ended.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken = default)
    {
        if (ended.Task.IsCompleted) return;
        var answer = follower.AskSoon();
        await Task.WhenAny(answer, ended.Task).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops following the job, which goes on.</summary>
    public ValueTask DisposeAsync()
    {
        follower.Remove(this);
        return ValueTask.CompletedTask;
    }

    private void Warn(string warning)
    {
        lock (warnings)
        {
            if (warnings.Contains(warning)) return;
            warnings.Add(warning);
        }
        Log.Warn("{Warning}", warning);
        Warned?.Invoke(warning);
    }
}
