using System.Runtime.CompilerServices;

namespace PathosHpc;

/// <summary>Computes items on the ranks of an MPI job. They start with the first map and stay until the pool is disposed; the function and
/// what it captures travel to each rank once a map.</summary>
/// <remarks>
/// <para>In an ordinary program, <c>new MpiPool(ranks)</c> starts mpiexec. When a rank dies, the ranks are started again and what had not been
/// answered is computed again; results that have arrived are kept. An item that was computed twice as its rank died fails.</para>
/// <para>With a <see cref="MpiPoolOptions.Scheduler"/> the ranks run in one job, which is submitted with the first map, serves all maps and ends
/// with the pool. With a <see cref="MpiPoolOptions.Host"/> behind ssh all of that happens over there: the program is brought along, and items
/// and results go through the host to the root on its node and back, also when the connection breaks meanwhile.</para>
/// <para>In a program that was itself started by mpiexec, <see cref="RunWorldAsync(string[], Func{MpiPool, Task})"/> makes its ranks the pool's.</para>
/// </remarks>
/// <example><code>
/// await using var pool = new MpiPool(ranks: 8);
/// double[] energies = await pool.MapAsync(Relax, structures);
/// </code></example>
public sealed partial class MpiPool : Pool
{
    private readonly MpiWorld world;

    /// <summary>Makes a pool of MPI ranks on this machine.</summary>
    /// <param name="ranks">Ranks of the MPI job, at least 1; the root, which computes too, is among them.</param>
    public MpiPool(int ranks) : this(new MpiPoolOptions { Ranks = ranks }) { }

    /// <summary>Makes a pool of MPI ranks.</summary>
    /// <exception cref="ArgumentException">An option is unusable; the message names all that are.</exception>
    public MpiPool(MpiPoolOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        string[] errors = [.. options.Errors()];
        if (errors.Length > 0)
            throw new ArgumentException(string.Join(" ", errors), nameof(options));
        world = options.Queue is null ? new LaunchedWorld(options, Collector) : NewScheduledWorld(options, Collector);
    }

    /// <summary>Loads what only a pool of jobs needs.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ScheduledWorld NewScheduledWorld(MpiPoolOptions options, StatisticsCollector collector) => new(options, collector);

    internal MpiPool(Func<StatisticsCollector, MpiWorld> world) => this.world = world(Collector);

    internal MpiPool(SpmdRoot root, RankDirectory directory) => world = new SpmdWorld(root, directory, Collector);

    /// <inheritdoc/>
    public override int Size => world.Size;

    /// <inheritdoc/>
    public override PoolStatistics Statistics => Collector.Snapshot();

    /// <summary>Runs a program that mpiexec started on every rank (<c>mpiexec -n 64 dotnet App.dll</c>): <paramref name="body"/> runs on rank 0
    /// with a pool of all ranks, and the others serve it and end with it. Make it the first statement of <c>Main</c>:
    /// <c>return await MpiPool.RunWorldAsync(args, async pool => { ... });</c> Statements ahead of it run on every rank.</summary>
    /// <param name="args">The program's arguments; kept for the body, which may use its own copy.</param>
    /// <param name="body">The program. An exception ends all ranks.</param>
    /// <returns>The exit code: 0.</returns>
    /// <remarks>Started without mpiexec, the program is a world of one rank. A rank that dies ends the job within seconds.</remarks>
    public static Task<int> RunWorldAsync(string[] args, Func<MpiPool, Task> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return RunWorldAsync(args, async pool =>
        {
            await body(pool).ConfigureAwait(false);
            return 0;
        });
    }

    /// <inheritdoc cref="RunWorldAsync(string[], Func{MpiPool, Task})"/>
    /// <returns>What the body returned.</returns>
    public static Task<int> RunWorldAsync(string[] args, Func<MpiPool, Task<int>> body)
    {
        ArgumentNullException.ThrowIfNull(args);
        ArgumentNullException.ThrowIfNull(body);
        return SpmdWorld.RunAsync((root, directory) => body(new MpiPool(root, directory)));
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => world.DisposeAsync();

    private protected override void Prepare<TItem, TResult>(MapRequest<TItem, TResult> request)
    {
        world.CheckProgram();
        PoolEngine.Ship(request);
    }

    private protected override void Start<TItem, TResult>(MapRequest<TItem, TResult> request, MapRun<TResult> run) => world.Start(request, run);

    private protected override bool IsFar => world.FarHost is not null;

    private protected override async Task BringAsync(IReadOnlyList<StagedFile> files, CancellationToken cancellationToken) => await new HostCache(world.FarHost!).StageAsync(files, cancellationToken).ConfigureAwait(false);

    private protected override Task FetchFromAsync(int rank, string path, string target, CancellationToken cancellationToken) => (world.FarHost ?? LocalHost.Instance).GetFileAsync(path, target, cancellationToken);
}
