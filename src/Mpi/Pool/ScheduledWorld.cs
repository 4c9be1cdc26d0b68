using System.Threading.Channels;
using NLog;

namespace PathosHpc;

/// <summary>A world in a job of a scheduler: submits the job, follows it and its ranks, through as many starts of the world as its supervisor
/// makes, and ends it.</summary>
internal partial class ScheduledWorld(MpiPoolOptions options, StatisticsCollector collector) : ClientWorld(options, collector)
{
    private const int ReportMilliseconds = 200, MostAttempts = 20;

    /// <summary>How long a job may take to end by itself, once its ranks were told to.</summary>
    private static readonly TimeSpan FarewellTime = TimeSpan.FromSeconds(5), CancelTime = TimeSpan.FromSeconds(60);

    /// <summary>How long the supervisor may take to tell how the ranks ended, once their root is gone: it waits for their launcher.</summary>
    private static readonly TimeSpan TellTime = TimeSpan.FromSeconds(15);

    private static readonly Logger Log = LogManager.GetLogger("PathosHpc.Pool");
    private readonly Channel<RootCall> callers = Channel.CreateUnbounded<RootCall>();
    private LinkListener? listener;
    private LinkKey? key;
    private WorldJob? job;
    private SocketLink? link;

    protected override bool NeedsStart => true;

    /// <summary>The job, once it was submitted.</summary>
    public BatchJob? Job => (job as SubmittedWorldJob)?.Followed;

    private ClusterHost Host => Options.Host ?? LocalHost.Instance;

    /// <summary>Serves from the submission to the end of the job.</summary>
    protected override async Task StartAsync()
    {
        (job, key, int first) = await BeginAsync().ConfigureAwait(false);
        if (Job is { } followed)
            _ = ReportAsync(followed);
        bool isOver = false;
        for (int number = first; !isOver; number++)
            isOver = await ServeAsync(job!, number).ConfigureAwait(false);
        await LeaveAsync().ConfigureAwait(false);
    }

    protected override async Task EndAsync()
    {
        if (asking is not null)
            await asking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await LeaveAsync().ConfigureAwait(false);
        callers.Writer.Complete();
        await foreach (RootCall call in callers.Reader.ReadAllAsync().ConfigureAwait(false))
            await call.Stream.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Serves one start of the world, from its first sign to its end.</summary>
    /// <returns>Whether the job has ended as it should.</returns>
    private async Task<bool> ServeAsync(WorldJob its, int number)
    {
        var folder = new WorldFolder(Host, $"{its.Folder}/{WorldFolder.Name}");
        await using var connection = new RootConnection(its, folder, key!, number, Options, callers.Reader);
        try
        {
            return await ServeAsync(its, connection).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (link is not null)
        {
            await SayByeAsync(its, link).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<bool> ServeAsync(WorldJob its, RootConnection connection)
    {
        connection.Start();
        Task<JobResult> jobEnd = its.WaitAsync(Stop.Token);
        await Task.WhenAny(connection.Opened, jobEnd, connection.Keeping).ConfigureAwait(false);
        Farewell? farewell = null;
        string cause = "";
        if (connection.Opened.IsCompletedSuccessfully && await connection.Opened.ConfigureAwait(false) is { } session)
        {
            var lost = new TaskCompletionSource<(Farewell?, string)>(TaskCreationOptions.RunContinuationsAsynchronously);
            await JoinAsync(its, session, lost).ConfigureAwait(false);
            await Task.WhenAny(lost.Task, jobEnd, connection.Keeping).ConfigureAwait(false);
            Stop.Token.ThrowIfCancellationRequested();
            session.End(new LinkException($"This start of the ranks of job {its.Id} is over."));
            (farewell, cause) = await lost.Task.ConfigureAwait(false);
            Log.Info("The ranks of job {Job} are lost: {Cause}", its.Id, farewell?.Text ?? cause);
        }
        Stop.Token.ThrowIfCancellationRequested();
        if (farewell?.Reason == FarewellReason.Idle)
        {
            Engine.Coordinator.Remove(link!, new LinkLoss(farewell.Text, true, [], true));
            return true;
        }
        if (connection.Keeping.IsFaulted)
            await connection.Keeping.ConfigureAwait(false);
        WorldEnd end = await LearnEndAsync(its, connection, jobEnd, farewell?.Text ?? cause).ConfigureAwait(false);
        if (link is not null)
        {
            Engine.Coordinator.Remove(link, new LinkLoss(end.How, end.IsBlameless || farewell?.Reason == FarewellReason.Abandoned, end.Running, end.Culprit is not null));
            link.Dispose();
            link = null;
        }
        return end.GoesOn || (end.WasOrdered && await its.IsQueuedAgainAsync(jobEnd, Options.HeartbeatTimeout, Stop.Token).ConfigureAwait(false)) ? false : throw await FailureAsync(its, end, jobEnd).ConfigureAwait(false);
    }

    /// <summary>The scheduler's reason, where only it can know it; else the supervisor's.</summary>
    private async Task<JobFailedException> FailureAsync(WorldJob its, WorldEnd end, Task<JobResult> jobEnd)
    {
        _ = its.RefreshAsync(Stop.Token);
        await Task.WhenAny(jobEnd, Task.Delay(TellTime, Stop.Token)).ConfigureAwait(false);
        if (jobEnd.IsCompletedSuccessfully && await jobEnd.ConfigureAwait(false) is { Reason: JobFailureReason.Walltime or JobFailureReason.OutOfMemory or JobFailureReason.NodeFailure or JobFailureReason.Canceled } result)
            return new JobFailedException(result.Reason.Value, result.Message, its.Id, result.LogPaths);
        return new JobFailedException(end.Reason, end.How, its.Id, [its.Folder]);
    }

    /// <summary>How the world ended: by the supervisor's word, or else because the whole job did.</summary>
    private async Task<WorldEnd> LearnEndAsync(WorldJob its, RootConnection connection, Task<JobResult> jobEnd, string cause)
    {
        _ = its.RefreshAsync(Stop.Token);
        Task word = Task.WhenAny(connection.Ended, jobEnd);
        await its.AwaitAsync(word, TellTime, Stop.Token).ConfigureAwait(false);
        if (!word.IsCompleted)
        {
            await connection.GiveUpAsync().ConfigureAwait(false);
            await its.AwaitAsync(word, Options.HeartbeatTimeout, Stop.Token).ConfigureAwait(false);
        }
        Stop.Token.ThrowIfCancellationRequested();
        if (connection.Ended.IsCompletedSuccessfully)
            return await connection.Ended.ConfigureAwait(false);
        if (!jobEnd.IsCompleted)
            throw new JobFailedException(JobFailureReason.HeartbeatLost, $"{cause} The supervisor of job {its.Id} does not say how its ranks ended. Look into its logs, and at its first node.", its.Id, [its.Folder]);
        JobResult result = await jobEnd.ConfigureAwait(false);
        throw new JobFailedException(result.Reason ?? JobFailureReason.Unknown, result.Message, its.Id, result.LogPaths);
    }

    /// <summary>Greets the root of a world, and gives it to the coordinator.</summary>
    private async Task JoinAsync(WorldJob its, Session session, TaskCompletionSource<(Farewell?, string)> lost)
    {
        Hello hello;
        try
        {
            hello = await Task.Run(() => AwaitHello(session), Stop.Token).ConfigureAwait(false);
        }
        catch (LinkException e)
        {
            lost.TrySetResult((null, e.Message));
            return;
        }
        if (hello.Objection() is { } objection)
            throw new JobFailedException(JobFailureReason.LaunchFailure, objection, its.Id, [its.Folder]);
        for (int rank = 0; rank < hello.Ranks.Count; rank++)
            Engine.Collector.Add(rank, hello.Ranks[rank].Node);
        Ranks = hello.Ranks.Count; // fewer than were asked for, once nodes are left out
        // Silence is the session's business.
        link = new SocketLink(session, Engine.Coordinator, int.MaxValue)
        {
            FirstRank = 0, Width = hello.Ranks.Count, IsRank = false, Output = Options.Output.Write, Lost = (_, farewell, cause) => lost.TrySetResult((farewell, cause)),
        };
        Engine.Coordinator.Add(link);
        link.Start();
    }

    private Hello AwaitHello(Session session)
    {
        Frame frame;
        while (!session.TryReceive(out frame))
        {
            Stop.Token.ThrowIfCancellationRequested();
            session.WaitToReceive(ReportMilliseconds);
        }
        return frame.Kind == FrameKind.Hello ? Hello.Read(frame) : throw new LinkException($"A frame of kind {frame.Kind} came ahead of the root's hello.");
    }

    /// <summary>Tells the user what becomes of the job until its ranks compute.</summary>
    private async Task ReportAsync(BatchJob its)
    {
        for (JobProgress? last = null; !Stop.IsCancellationRequested && its.Result is null; await Task.Delay(ReportMilliseconds).ConfigureAwait(false))
        {
            var now = new JobProgress(its.Id, its.State, its.StateText, its.ExpectedStart);
            if (now == last)
                continue;
            last = now;
            Log.Info("Job {Job} is {State} {Text}{Start}", now.JobId, now.State, now.Text, now.ExpectedStart is { } start ? $", expected to start at {start:g}" : "");
            Options.JobProgress?.Report(now);
        }
    }

    /// <summary>Ends the job, and removes its folder.</summary>
    private async Task LeaveAsync()
    {
        listener?.Dispose();
        if (job is not null)
        {
            await EndJobAsync(job).ConfigureAwait(false);
            await job.DisposeAsync().ConfigureAwait(false);
        }
        link?.Dispose();
        key?.Dispose();
        if (job is not null && !Options.KeepFiles)
            await RemoveAsync(job.Folder).ConfigureAwait(false);
        (job, link, listener, key) = (null, null, null, null);
        Ranks = 0;
    }

    /// <summary>Tells the ranks to end, and waits until the job has, which comes of it.</summary>
    private static async Task SayByeAsync(WorldJob its, SocketLink root)
    {
        root.SayBye();
        for (long until = Environment.TickCount64 + (long)FarewellTime.TotalMilliseconds; !its.HasEnded && Environment.TickCount64 < until;)
        {
            await Task.Delay(20).ConfigureAwait(false);
            await its.LookAsync().ConfigureAwait(false);
        }
    }

    private async Task EndJobAsync(WorldJob its)
    {
        try
        {
            if (its.HasEnded)
                return;
            using var limit = new CancellationTokenSource(CancelTime);
            await RepeatedlyAsync(() => its.CancelAsync(limit.Token)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or JobFailedException or HostFailedException or IOException or UnauthorizedAccessException)
        {
            Log.Warn(e, "Job {Job} could not be ended: {Message} Its root ends it when its client has been away for {Grace}.", its.Id, e.Message, Options.ClientGrace);
        }
    }

    private async Task RemoveAsync(string folder)
    {
        try
        {
            await RepeatedlyAsync(() => Host.DeleteAsync(folder)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or HostFailedException)
        {
            Log.Warn(e, "The job folder {Folder} could not be removed: {Message}", folder, e.Message);
        }
    }

    /// <summary>Does so again where what still ends in the job wrote meanwhile, or the connection was lost: nobody comes back to do it later.</summary>
    private static async Task RepeatedlyAsync(Func<Task> action)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await action().ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (attempt < MostAttempts && e is IOException or UnauthorizedAccessException or HostFailedException { Reason: HostFailureReason.File or HostFailureReason.Lost })
            {
                await Task.Delay(100).ConfigureAwait(false);
            }
        }
    }
}
