using System.Collections.Concurrent;

namespace PathosHpc.ClusterTests;

/// <summary>A pool's view of a world that other pools of a test class use too: a job for each would be most of the tests' time.</summary>
internal sealed class SharedWorld(MpiWorld world) : MpiWorld
{
    private readonly ConcurrentDictionary<IMapRun, bool> runs = new();
    private volatile bool disposed;

    public override int Size => world.Size;

    public override void CheckProgram() => world.CheckProgram();

    public override void Start<TItem, TResult>(MapRequest<TItem, TResult> request, MapRun<TResult> run)
    {
        ObjectDisposedException.ThrowIf(disposed, typeof(MpiPool));
        runs[run] = true;
        world.Start(request, run);
    }

    public override ValueTask DisposeAsync()
    {
        disposed = true;
        foreach (IMapRun run in runs.Keys)
            run.End(new ObjectDisposedException(nameof(MpiPool)));
        return ValueTask.CompletedTask;
    }
}
