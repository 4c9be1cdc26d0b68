namespace PathosHpc;

/// <summary>Computes items in worker processes on several hosts that ssh reaches, and on this machine: no MPI, no scheduler, no shared file system.
/// Hosts are dealt to by their speed. The program, and where it is missing the .NET runtime, are brought there once.</summary>
/// <remarks>A host that is down, or dies, costs its items in flight a second computation and nothing else; it is tried again while others compute.
/// A map fails only when no host is left.</remarks>
/// <example><code>
/// await using var pool = new SshPool("me@tower", "me@attic");        // and the cores of this machine
/// double[] energies = await pool.MapAsync(Relax, structures);
/// </code></example>
public sealed class SshPool : Pool
{
    private readonly WorkerSites workers;
    private readonly IReadOnlyList<SshHost> own;

    /// <summary>A pool on the cores of these hosts and of this machine.</summary>
    /// <param name="addresses">Hosts: host, user@host, or a name of <c>ssh_config</c>.</param>
    /// <exception cref="ArgumentException">An address is unusable.</exception>
    public SshPool(params IReadOnlyList<string> addresses) : this([.. addresses.Select(address => new SshHost(address))]) { }

    /// <summary>A pool on the hosts of the options.</summary>
    /// <exception cref="ArgumentException">An option is unusable; the message names all that are.</exception>
    public SshPool(SshPoolOptions options) : this(options, []) { }

    private SshPool(IReadOnlyList<SshHost> own) : this(new SshPoolOptions { Hosts = [.. own.Select(host => new SshPoolHost(host))] }, own) { }

    private SshPool(SshPoolOptions options, IReadOnlyList<SshHost> own)
    {
        ArgumentNullException.ThrowIfNull(options);
        string[] errors = [.. options.Errors()];
        if (errors.Length > 0)
            throw new ArgumentException(string.Join(" ", errors), nameof(options));
        this.own = own;
        WorkerSite[] sites = [.. options.LocalWorkers == 0 ? [] : new WorkerSite[] { new LocalSite(options.LocalWorkers) },
            .. options.Hosts.Select(h => h.JoinServer ? SshWorkerSite.OfServer(h.Host, h.Workers) : (WorkerSite)new SshWorkerSite(h.Host, h.Workers))];
        workers = new WorkerSites(typeof(SshPool), sites, options.HeartbeatTimeout, options.Restarts, options.Output, Collector);
    }

    /// <summary>Workers of all hosts, as far as it is known how many cores they have.</summary>
    public override int Size => workers.Size;

    /// <inheritdoc/>
    public override PoolStatistics Statistics => Collector.Snapshot();

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await workers.DisposeAsync().ConfigureAwait(false);
        foreach (SshHost host in own)
            await host.DisposeAsync().ConfigureAwait(false);
    }

    private protected override void Prepare<TItem, TResult>(MapRequest<TItem, TResult> request)
    {
        WorkerProgram.Check();
        PoolEngine.Ship(request);
    }

    private protected override void Start<TItem, TResult>(MapRequest<TItem, TResult> request, MapRun<TResult> run) => workers.Start(request, run);

    private protected override bool IsFar => workers.IsFar;

    private protected override Task BringAsync(IReadOnlyList<StagedFile> files, CancellationToken cancellationToken) => workers.BringAsync(files, cancellationToken);

    private protected override Task FetchFromAsync(int rank, string path, string target, CancellationToken cancellationToken) => workers.FetchAsync(rank, path, target, cancellationToken);
}
