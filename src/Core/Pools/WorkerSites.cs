using System.Security.Cryptography;
using NLog;

namespace PathosHpc;

/// <summary>The sites of a pool: brings each up with the first map, tries it again when it is lost, goes on without those that stay away.</summary>
internal sealed class WorkerSites
{
    private static readonly TimeSpan longestPause = TimeSpan.FromSeconds(30), helloTime = TimeSpan.FromSeconds(60);
    private static readonly Logger Log = LogManager.GetLogger("PathosHpc.Pool");
    private readonly Type pool;
    private readonly int heartbeatMilliseconds, restarts;
    private readonly RankOutput output;
    private readonly PoolEngine engine;
    private readonly WorkerSite[] sites;
    private readonly CancellationTokenSource stop = new();
    private readonly Lock gate = new();
    private readonly List<string> givenUp = [];
    private readonly List<IReadOnlyList<StagedFile>> brought = [];
    private readonly Dictionary<WorkerSite, Action<string>> up = [];
    private Task? running, disposal;

    /// <param name="pool">The pool's type.</param>
    /// <param name="sites">Where workers are started.</param>
    /// <param name="heartbeat">How long a site may be silent.</param>
    /// <param name="restarts">How often in a row a site may be lost before the others go on without it.</param>
    /// <param name="output">Where text goes that workers print.</param>
    /// <param name="collector">The pool's statistics.</param>
    public WorkerSites(Type pool, IReadOnlyList<WorkerSite> sites, TimeSpan heartbeat, int restarts, RankOutput output, StatisticsCollector collector)
    {
        (this.pool, this.sites, heartbeatMilliseconds, this.restarts, this.output) = (pool, [.. sites], (int)heartbeat.TotalMilliseconds, restarts, output);
        // Until a host has told how much it wants it gets little: the first map's items are for all of them.
        engine = new PoolEngine(new Coordinator { FirstWindow = 2 }, collector, encode: true);
        foreach (WorkerSite site in sites.Where(s => s.Workers > 0))
            Number(site);
    }

    public int Size
    {
        get
        {
            lock (gate)
                return sites.Sum(s => s.Workers);
        }
    }

    public void Start<TItem, TResult>(MapRequest<TItem, TResult> request, MapRun<TResult> run)
    {
        ObjectDisposedException.ThrowIf(disposal is not null, pool);
        if (!engine.Start(request, run))
            return;
        lock (gate)
        {
            if (disposal is null)
                running ??= Task.WhenAll(sites.Select(site => Task.Run(() => KeepUpAsync(site))));
        }
    }

    /// <summary>Whether any is on a machine that does not have the files of this one.</summary>
    public bool IsFar => sites.Any(s => s.IsFar);

    /// <summary>Brings files of items to every site that is up, and to the others before they are dealt to. A site where that fails is lost.</summary>
    public async Task BringAsync(IReadOnlyList<StagedFile> files, CancellationToken cancellationToken)
    {
        KeyValuePair<WorkerSite, Action<string>>[] now;
        lock (gate)
        {
            brought.Add(files);
            now = [.. up];
        }
        await Task.WhenAll(now.Select(async site =>
        {
            try
            {
                await site.Key.BringAsync(files, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is HostFailedException or IOException)
            {
                site.Value(e.Message);
            }
        })).ConfigureAwait(false);
    }

    /// <summary>Copies a file that a worker made.</summary>
    public Task FetchAsync(int rank, string path, string target, CancellationToken cancellationToken)
    {
        WorkerSite? site;
        lock (gate)
            site = sites.FirstOrDefault(s => rank >= s.FirstRank && rank < s.FirstRank + s.Workers);
        return site?.FetchAsync(path, target, cancellationToken) ?? throw new ArgumentException($"The file {path} was made by rank {rank}, which this pool has not: it is another pool's.", nameof(rank));
    }

    /// <summary>Whoever calls it, and how often: each call returns when all has ended.</summary>
    public ValueTask DisposeAsync()
    {
        lock (gate)
            return new ValueTask(disposal ??= Task.Run(EndAsync));
    }

    private async Task EndAsync()
    {
        engine.EndAll(() => new ObjectDisposedException(pool.Name));
        await stop.CancelAsync().ConfigureAwait(false);
        if (running is not null)
            await running.ConfigureAwait(false);
    }

    /// <summary>Keeps a host's workers at work until the pool ends or the host is given up.</summary>
    private async Task KeepUpAsync(WorkerSite site)
    {
        for (int losses = 0; !stop.IsCancellationRequested;)
        {
            long before = engine.Coordinator.Completed;
            string how;
            bool mayHelp = true;
            try
            {
                (how, mayHelp) = await ServeAsync(site).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                (how, mayHelp) = (e.Message, e is not HostFailedException { Reason: HostFailureReason.HostKey or HostFailureReason.Authentication or HostFailureReason.KerberosTicket or HostFailureReason.Missing });
                site.Forget();
            }
            if (stop.IsCancellationRequested)
                return;
            bool wasUseful = engine.Collector.Snapshot().Ranks.Any(r => r.Rank >= site.FirstRank && r.Rank < site.FirstRank + site.Workers && r.Items > 0) && engine.Coordinator.Completed > before;
            losses = wasUseful ? 1 : losses + 1;
            if (!mayHelp || losses > restarts)
            {
                GiveUp(site, how);
                return;
            }
            Log.Warn("{Host} is lost, and will be tried again: {Cause}", site.Name, how);
            TimeSpan pause = TimeSpan.FromSeconds(Math.Min(longestPause.TotalSeconds, 0.5 * Math.Pow(2, losses - 1)));
            await Task.Delay(pause, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Brings a host up and serves it, until it is lost or the pool ends.</summary>
    /// <returns>How it was lost, and whether it may be brought up again.</returns>
    private async Task<(string How, bool MayHelp)> ServeAsync(WorkerSite site)
    {
        var lost = new TaskCompletionSource<(Farewell? Farewell, string Cause)>(TaskCreationOptions.RunContinuationsAsynchronously);
        await site.CountAsync(stop.Token).ConfigureAwait(false);
        lock (gate)
            Number(site);
        for (int next = 0; NextToBring(site, next, how => lost.TrySetResult((null, how))) is { } files; next++)
            await site.BringAsync(files, stop.Token).ConfigureAwait(false);
        var tail = new TailBuffer();
        StartedWorkers started = await site.StartAsync(Size, tail.Add, stop.Token).ConfigureAwait(false);
        SocketLink? link = null;
        try
        {
            (link, string objection) = await LinkAsync(site, started, lost).ConfigureAwait(false);
            if (link is null)
                return (objection, false);
            await using CancellationTokenRegistration ends = stop.Token.Register(() => lost.TrySetResult((null, "")));
            (Farewell? farewell, string cause) = await lost.Task.ConfigureAwait(false);
            if (stop.IsCancellationRequested)
                link.SayBye();
            string how = farewell is { Text.Length: > 0 } ? farewell.Text : cause;
            engine.Coordinator.Remove(link, new LinkLoss(how, IsBlameless: true, [], CulpritIsKnown: false));
            return (how, farewell?.Reason != FarewellReason.Broken);
        }
        catch (Exception e) when (e is IOException or LinkException or MalformedPayloadException || (e is OperationCanceledException && !stop.IsCancellationRequested))
        {
            throw new IOException($"The workers on {site.Name} did not come up: {e.Message}{tail.AsQuote()}", e);
        }
        finally
        {
            lock (gate)
                up.Remove(site);
            if (link is not null && stop.IsCancellationRequested)
                await started.EndAsync().ConfigureAwait(false);
            link?.Dispose();
            await started.Stream.DisposeAsync().ConfigureAwait(false);
            await started.EndAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Proves who both are, and begins to deal to the workers behind the stream.</summary>
    private async Task<(SocketLink? Link, string Objection)> LinkAsync(WorkerSite site, StartedWorkers started, TaskCompletionSource<(Farewell?, string)> lost)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        limit.CancelAfter(helloTime);
        Stream stream = started.Stream;
        byte[] token = RandomNumberGenerator.GetBytes(Protocol.TokenSize);
        await stream.WriteAsync(token, limit.Token).ConfigureAwait(false);
        await stream.FlushAsync(limit.Token).ConfigureAwait(false);
        await started.GrantedAsync(limit.Token).ConfigureAwait(false);
        await Handshake.ProveAsync(stream, LinkRole.Client, token, proveFirst: false, limit.Token).ConfigureAwait(false);
        await stream.FlushAsync(limit.Token).ConfigureAwait(false);
        var carrier = new StreamCarrier(stream, 0, 0, 1 << 16, static () => { });
        carrier.Start();
        Frame frame;
        while (!carrier.TryReceive(out frame))
        {
            limit.Token.ThrowIfCancellationRequested();
            carrier.WaitToReceive(50);
        }
        if (frame.Kind != FrameKind.Hello)
            throw new LinkException($"A frame of kind {frame.Kind} came ahead of the hello.");
        if (Hello.Read(frame).Objection() is { } objection)
        {
            carrier.Send(new Farewell(FarewellReason.Broken, objection).ToFrame());
            return (null, objection);
        }
        var link = new SocketLink(carrier, engine.Coordinator, heartbeatMilliseconds)
        {
            FirstRank = site.FirstRank, Width = started.Count, IsRank = false, Output = output.Write, Lost = (_, farewell, cause) => lost.TrySetResult((farewell, cause)),
        };
        for (int rank = site.FirstRank; rank < site.FirstRank + started.Count; rank++)
            engine.Collector.Add(rank, site.Name);
        carrier.Send(new Welcome(Size, heartbeatMilliseconds, true, "").ToFrame());
        engine.Coordinator.Add(link);
        link.Start();
        Log.Info("{Host} computes with {Workers} workers.", site.Name, started.Count);
        return (link, "");
    }

    /// <summary>Gives a host's workers their numbers, which they keep.</summary>
    private void Number(WorkerSite site)
    {
        if (site.FirstRank < 0)
            site.FirstRank = sites.Where(s => s.FirstRank >= 0).Select(s => s.FirstRank + s.Workers).DefaultIfEmpty(0).Max();
    }

    /// <summary>The files that a site still needs; null when it has all, from when on it is told of more.</summary>
    private IReadOnlyList<StagedFile>? NextToBring(WorkerSite site, int next, Action<string> lose)
    {
        lock (gate)
        {
            if (next < brought.Count)
                return brought[next];
            up[site] = lose;
            return null;
        }
    }

    private void GiveUp(WorkerSite site, string how)
    {
        Log.Error("{Host} is given up: {Cause}", site.Name, how);
        lock (gate)
        {
            givenUp.Add($"{site.Name}: {how}");
            if (givenUp.Count < sites.Length)
                return;
        }
        var failure = new JobFailedException(JobFailureReason.LaunchFailure, $"No host is left that computes. {string.Join(" ", givenUp)}");
        engine.EndAll(() => failure);
    }
}
