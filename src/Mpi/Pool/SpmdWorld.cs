namespace PathosHpc;

/// <summary>The world that this process is a rank of.</summary>
internal sealed class SpmdWorld : MpiWorld
{
    private const int HeartbeatMilliseconds = 30_000;
    private const int FailureCode = 1;

    /// <summary>How long an item of a map that has ended may keep the root from ending.</summary>
    private static readonly TimeSpan ItemPatience = TimeSpan.FromMilliseconds(200);

    private readonly PoolEngine engine;
    private bool disposed;

    public SpmdWorld(SpmdRoot root, RankDirectory directory, StatisticsCollector collector)
    {
        engine = new PoolEngine(root.Maps, collector, encode: true);
        Size = directory.Size;
        for (int rank = 0; rank < Size; rank++)
            collector.Add(rank, directory.Ranks[rank].Node);
    }

    public override int Size { get; }

    /// <summary>Serves on every rank but 0; there it runs the body and then ends the others.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(Func<SpmdRoot, RankDirectory, Task<int>> body)
    {
        MpiEnvironment environment = MpiEnvironment.Initialize();
        var port = new MpiPort(environment.World.Duplicate());
        RankDirectory directory = RankDirectory.Gather(port.Communicator);
        RankFolder folder = RankFolder.Share(port.Communicator, directory);
        var welcome = new Welcome(directory.Size, HeartbeatMilliseconds, true, "");
        int code = 0;
        MpiProcessEnd.WhileServing = MpiEnd.Left;
        if (directory.Rank != 0)
            MpiLeaf.Serve(port, directory, folder, welcome);
        else
            code = await LeadAsync(body, port, directory, folder, welcome).ConfigureAwait(false);
        if (!environment.Finalize(MpiEnvironment.FinalizeLimit))
            MpiEnvironment.Exit(code);
        return code;
    }

    public override void Start<TItem, TResult>(MapRequest<TItem, TResult> request, MapRun<TResult> run)
    {
        ObjectDisposedException.ThrowIf(disposed, typeof(MpiPool));
        engine.Start(request, run);
    }

    /// <summary>Ends the maps; the ranks end when the body has.</summary>
    public override ValueTask DisposeAsync()
    {
        disposed = true;
        engine.EndAll(static () => new ObjectDisposedException(nameof(MpiPool)));
        return ValueTask.CompletedTask;
    }

    private static async Task<int> LeadAsync(Func<SpmdRoot, RankDirectory, Task<int>> body, MpiPort port, RankDirectory directory, RankFolder folder, Welcome welcome)
    {
        using var bell = new Doorbell(folder.Path, directory);
        port.Communicator.Barrier();
        folder.Delete();
        var root = new SpmdRoot(port, bell, directory, folder, welcome, RankOutput.Prefixed);
        var loop = new Thread(root.Run) { IsBackground = true, Name = "pathos root" };
        MpiProcessEnd.WhileServing = () => LeaveEarly(root, loop);
        loop.Start();
        int code;
        try
        {
            code = await Task.Run(() => body(root, directory)).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            MpiProcessEnd.Say($"The program failed on rank 0, and all ranks end: {e}");
            MpiEnvironment.Initialize().Abort(FailureCode);
            throw;
        }
        root.Finish();
        if (!loop.Join(ItemPatience))
            MpiEnd.Exit(code);
        return code;
    }

    /// <summary>The body ended the program with exit code 0: the other ranks end too. An item of this rank has no right to.</summary>
    private static void LeaveEarly(SpmdRoot root, Thread loop)
    {
        if (Thread.CurrentThread == loop)
            MpiEnd.Left();
        root.Finish();
        loop.Join(ItemPatience);
        if (!MpiEnvironment.Initialize().Finalize(MpiEnvironment.FinalizeLimit))
            MpiEnvironment.Exit(0);
    }
}
