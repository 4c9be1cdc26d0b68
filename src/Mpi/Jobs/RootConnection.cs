using System.Threading.Channels;
using NLog;

namespace PathosHpc;

/// <summary>The client's end of one start of a world: finds its root by the job folder or is found by it, goes on with whatever leads there when
/// a stream breaks, and learns from the supervisor how it ended.</summary>
/// <param name="job">The job.</param>
/// <param name="folder">Where client and world meet.</param>
/// <param name="key">What both sides know.</param>
/// <param name="number">Which start of the world this is.</param>
/// <param name="options">The pool's.</param>
/// <param name="callers">Streams that a root opened, with what it offered.</param>
internal sealed class RootConnection(WorldJob job, WorldFolder folder, LinkKey key, int number, MpiPoolOptions options, ChannelReader<RootCall> callers) : IAsyncDisposable
{
    private const int ShortestLook = 50, LongestLook = 1000;

    /// <summary>How long no stream may be there until the job folder takes over.</summary>
    private static readonly TimeSpan StreamPatience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan OpenTime = TimeSpan.FromSeconds(10), FilesTime = TimeSpan.FromSeconds(60), TryStreamsAgain = TimeSpan.FromSeconds(30);
    private static readonly Logger Log = LogManager.GetLogger("PathosHpc.Links");
    private readonly TaskCompletionSource<Session?> opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<WorldEnd> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource stop = new();
    private TaskCompletionSource broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task<DialledStream?>? dialing;
    private LinkAddresses? root;
    private Session? session;
    private long unreachableSince, startedDialing;
    private int filesOffered;
    private bool wasGivenUp, isHostAway, saidNoStreams, saidRefused;

    /// <summary>The session with the root; null when the world ended before there was one.</summary>
    public Task<Session?> Opened => opened.Task;

    /// <summary>How the world ended, as the supervisor tells it.</summary>
    public Task<WorldEnd> Ended => ended.Task;

    /// <summary>Keeps the session going until the world has ended; fails with a <see cref="JobFailedException"/> when neither the root nor the
    /// supervisor can be reached any more.</summary>
    public Task Keeping { get; private set; } = Task.CompletedTask;

    /// <summary>Begins.</summary>
    public void Start() => Keeping = Task.Run(KeepAsync);

    private async Task KeepAsync()
    {
        var silence = new Silence((long)options.HeartbeatTimeout.TotalMilliseconds);
        unreachableSince = Environment.TickCount64;
        for (int pause = ShortestLook; ; pause = Math.Min(pause * 5 / 4, LongestLook))
        {
            if (await LookAsync().ConfigureAwait(false))
                return;
            if (session?.Way is not null && !session.IsOverFiles)
            {
                pause = ShortestLook;
                await broken.Task.WaitAsync(stop.Token).ConfigureAwait(false);
                broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
                unreachableSince = Environment.TickCount64;
                _ = job.RefreshAsync(stop.Token);
                continue;
            }
            if (session is { IsOver: true })
            {
                await Task.Delay(pause, stop.Token).ConfigureAwait(false);
                continue;
            }
            if (session?.Way is not null || root is null || job.State is JobState.Suspended or JobState.Queued or JobState.Held)
                unreachableSince = Environment.TickCount64;
            if (silence.IsTooLong(unreachableSince))
                await GiveUpAsync(silence).ConfigureAwait(false);
            await ReachAsync(pause).ConfigureAwait(false);
        }
    }

    /// <summary>Has the supervisor end this start of the world, and start the next.</summary>
    public async Task GiveUpAsync()
    {
        if (wasGivenUp)
            return;
        wasGivenUp = true;
        await folder.WriteAsync(WorldFolder.GivenUp(number), [], stop.Token).ConfigureAwait(false);
    }

    /// <summary>Lets go of the root; nothing is made in the job folder afterwards.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        session?.Dispose();
        opened.TrySetResult(null);
        ended.TrySetCanceled();
        await Task.WhenAny(Keeping).ConfigureAwait(false);
        _ = dialing?.ContinueWith(late => late.Result?.Stream.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
    }

    private async Task GiveUpAsync(Silence silence)
    {
        await job.RefreshAsync(stop.Token).ConfigureAwait(false);
        if (job.State is not JobState.Running)
        {
            unreachableSince = Environment.TickCount64;
            return;
        }
        string what = $"The root of job {job.Id} could not be reached for {options.HeartbeatTimeout.TotalSeconds:0.#} s (HeartbeatTimeout)";
        if (wasGivenUp)
            throw new JobFailedException(JobFailureReason.HeartbeatLost, $"{what}, and neither does its supervisor answer. Look into its logs, and at its first node.", job.Id, [job.Folder]);
        Log.Warn("{What}; its ranks are started again.", what);
        try
        {
            await GiveUpAsync().ConfigureAwait(false);
        }
        catch (HostFailedException e)
        {
            throw new JobFailedException(JobFailureReason.HeartbeatLost, $"{what}, nor could its host: {e.Message} The job ends by itself when its client has been away for {options.ClientGrace.TotalSeconds:0.#} s (ClientGrace). " +
                "With MapOptions.Journal the same program, started again, computes only what has not come; a map that is to outlive its client is left to its job by SubmitAsync.", job.Id, [job.Folder], e);
        }
        unreachableSince = Environment.TickCount64;
        silence.IsTooLong(unreachableSince);
    }

    /// <summary>Looks into the job folder.</summary>
    /// <returns>Whether the world has ended.</returns>
    private async Task<bool> LookAsync()
    {
        try
        {
            HashSet<string> names = await folder.ListAsync(stop.Token).ConfigureAwait(false);
            isHostAway = saidRefused = false;
            if (root is null && names.Contains(WorldFolder.Endpoint(number)) && await folder.ReadAsync(WorldFolder.Endpoint(number), stop.Token).ConfigureAwait(false) is { } endpoint)
                root = LinkAddresses.FromJson(endpoint);
            if (!names.Contains(WorldFolder.Ended(number)) || await folder.ReadAsync(WorldFolder.Ended(number), stop.Token).ConfigureAwait(false) is not { } file || WorldEnd.FromJson(file) is not { } end)
                return false;
            ended.TrySetResult(end);
            session?.End(new LinkException(end.How));
            opened.TrySetResult(null);
            return true;
        }
        catch (HostFailedException e) when (e.NeedsUser)
        {
            if (!saidRefused)
                Log.Warn("The way to job {Job} is lost, and {Host} does not let us in again. Its ranks go on, and the map goes on here once it does. {Message}", job.Id, e.Host, e.Message);
            isHostAway = saidRefused = true;
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or HostFailedException { MayPass: true })
        {
            Log.Debug(e, "The job folder cannot be read now.");
            isHostAway = e is HostFailedException;
            return false;
        }
    }

    /// <summary>Tries whatever may lead to the root, for about so long.</summary>
    private async Task ReachAsync(int milliseconds)
    {
        string? noStreams = options.Way == LinkWay.JobFolder || isHostAway ? null : folder.Host.NoStreams;
        if (noStreams is not null && options.Way == LinkWay.Connection)
            throw new JobFailedException(JobFailureReason.LaunchFailure, $"The root of job {job.Id} cannot be reached by a connection (LinkWay.Connection). {noStreams} Or leave Way as it is, and the job folder carries the map.", job.Id, [job.Folder]);
        if (noStreams is not null && !saidNoStreams)
            Log.Info("{Reason} The root of job {Job} is reached by files in the job folder instead.", noStreams, job.Id);
        saidNoStreams |= noStreams is not null;
        bool mayDial = !isHostAway && noStreams is null && options.Way != LinkWay.JobFolder && root is not null && (session?.IsOverFiles != true || Environment.TickCount64 - startedDialing > TryStreamsAgain.TotalMilliseconds);
        if (mayDial && dialing is null)
        {
            startedDialing = Environment.TickCount64;
            dialing = LinkDialer.DialAsync(folder.Host, key, LinkRole.Client, root!, stop.Token);
        }
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        wait.CancelAfter(milliseconds);
        Task<bool> called = callers.WaitToReadAsync(wait.Token).AsTask();
        await Task.WhenAny(called, dialing ?? (Task)called).ConfigureAwait(false);
        if (called.IsCompletedSuccessfully && callers.TryRead(out RootCall? call))
            await TakeCallAsync(call).ConfigureAwait(false);
        else if (dialing is { IsCompleted: true })
            await TakeDialledAsync().ConfigureAwait(false);
        stop.Token.ThrowIfCancellationRequested();
        // A root that has said goodbye meanwhile has no way either.
        bool isSought = root is not null && (session is null or { Way: null, IsOver: false });
        // However fast it fails to dial.
        double patience = options.Way == LinkWay.JobFolder || noStreams is not null ? -1 : StreamPatience.TotalMilliseconds;
        if (isSought && options.Way != LinkWay.Connection && !isHostAway && Environment.TickCount64 - unreachableSince > patience)
            await OfferFilesAsync().ConfigureAwait(false);
        await Task.WhenAny(called).ConfigureAwait(false); // its time is over, or it was
    }

    private async Task TakeCallAsync(RootCall call)
    {
        if (call.Number == number)
            await TakeAsync(call.Stream, call.Session, call.Way, OpenTime).ConfigureAwait(false);
        else
            await call.Stream.DisposeAsync().ConfigureAwait(false);
    }

    private async Task TakeDialledAsync()
    {
        DialledStream? open = await dialing!.ConfigureAwait(false);
        dialing = null;
        if (open is { } its)
            await TakeOfferAsync(its.Stream, $"a connection to {its.Address}", OpenTime).ConfigureAwait(false);
    }

    private async Task OfferFilesAsync()
    {
        string name = WorldFolder.Frames(number, filesOffered + 1), path = $"{folder.Path}/{name}";
        try
        {
            await folder.Host.CreateFolderWithinAsync(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or HostFailedException { MayPass: true })
        {
            Log.Debug(e, "No files can be offered in the job folder now.");
            return;
        }
        filesOffered++;
        await TakeOfferAsync(new FolderStream(folder.Host, path, LinkRole.Client), path, FilesTime).ConfigureAwait(false);
    }

    /// <summary>Takes what the root offers on a stream.</summary>
    private async Task TakeOfferAsync(Stream stream, string way, TimeSpan patience)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        limit.CancelAfter(patience);
        try
        {
            (Guid id, long which) = await SessionOpening.ReadAsync(stream, limit.Token).ConfigureAwait(false);
            if (which == number)
                await TakeAsync(stream, id, way, patience).ConfigureAwait(false);
            else
                await stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or LinkException or HostFailedException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task TakeAsync(Stream stream, Guid id, string way, TimeSpan patience)
    {
        session ??= new Session(id) { Broken = why =>
        {
            Log.Debug("The way to the root of job {Job} is lost: {Why}", job.Id, why);
            broken.TrySetResult();
        } };
        if (session.Id != id)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            return;
        }
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        limit.CancelAfter(patience);
        if (!await SessionOpening.TakeAsync(session, stream, way, isFiles: stream is FolderStream, limit.Token).ConfigureAwait(false))
            return;
        // It may be gone by the time that anybody looks.
        unreachableSince = Environment.TickCount64;
        Log.Info("The root of job {Job} is reached by {Way}.", job.Id, way);
        opened.TrySetResult(session);
    }
}
