namespace PathosHpc;

/// <summary>Computes items in resident worker processes on this machine. They start with the first map and stay until the pool is disposed.
/// The function and what it captures travel to each worker once a map.</summary>
/// <remarks>A worker that dies, or does not heed a token in time, is replaced, and what it had in flight is computed again;
/// results that have arrived are kept. An item that was computed twice as its worker died fails.</remarks>
/// <example><code>
/// await using var pool = new ProcessPool(workers: 4);
/// double[] energies = await pool.MapAsync(Relax, structures);
/// </code></example>
public sealed class ProcessPool : Pool
{
    /// <summary>How often in a row a server may be lost, or have nothing free, before the pool goes on without it.</summary>
    private const int ServerRestarts = 3;
    private readonly WorkerProcesses? workers;
    private readonly WorkerSites? sites;
    private readonly int size;

    /// <summary>Makes a pool of worker processes.</summary>
    /// <param name="workers">At least 1. Default: one for each core of this process, or inside an item the rank's share of them.</param>
    public ProcessPool(int? workers = null) : this(new ProcessPoolOptions { Workers = workers }) { }

    /// <summary>Makes a pool of worker processes.</summary>
    /// <exception cref="ArgumentException">An option is unusable; the message names all that are.</exception>
    public ProcessPool(ProcessPoolOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        string[] errors = [.. options.Errors()];
        if (errors.Length > 0)
            throw new ArgumentException(string.Join(" ", errors), nameof(options));
        if (options.Servers.Count == 0)
        {
            size = PoolSize.Checked(options.Workers, nameof(options));
            workers = new WorkerProcesses(options, size, Collector);
            return;
        }
        WorkerSite[] all = [.. options.Workers == 0 ? [] : new WorkerSite[] { new LocalSite(options.Workers, options.WorkFolder) }, .. options.Servers.Select(ServerSite.Here)];
        sites = new WorkerSites(typeof(ProcessPool), all, options.HeartbeatTimeout, ServerRestarts, options.Output, Collector);
    }

    /// <summary>Workers of this pool; those of servers from when it is known how many they have free.</summary>
    public override int Size => sites?.Size ?? size;

    /// <inheritdoc/>
    public override PoolStatistics Statistics => Collector.Snapshot();

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => sites?.DisposeAsync() ?? workers!.DisposeAsync();

    private protected override void Prepare<TItem, TResult>(MapRequest<TItem, TResult> request)
    {
        WorkerProgram.Check();
        PoolEngine.Ship(request);
    }

    private protected override void Start<TItem, TResult>(MapRequest<TItem, TResult> request, MapRun<TResult> run)
    {
        if (sites is not null)
            sites.Start(request, run);
        else
            workers!.Start(request, run);
    }

    private protected override bool IsFar => sites is { IsFar: true };

    private protected override Task BringAsync(IReadOnlyList<StagedFile> files, CancellationToken cancellationToken) => sites!.BringAsync(files, cancellationToken);

    private protected override Task FetchFromAsync(int rank, string path, string target, CancellationToken cancellationToken) =>
        sites?.FetchAsync(rank, path, target, cancellationToken) ?? base.FetchFromAsync(rank, path, target, cancellationToken);
}
