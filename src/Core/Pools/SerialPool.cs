namespace PathosHpc;

/// <summary>Computes every item in this process, one after the other, on the thread that asks: the first rung of the ladder, where
/// breakpoints are hit and nothing is sent. <c>MapAsync</c> computes all items before it returns; the streams compute the next item
/// when it is asked for.</summary>
/// <remarks>With <see cref="MapOptions.ItemTimeout"/> items are computed on a thread of their own, which is abandoned, still running,
/// when an item does not heed its token.</remarks>
public sealed class SerialPool : Pool
{
    private readonly HashSet<IMapRun> runs = [];
    private bool disposed;

    /// <summary>Makes a pool of one.</summary>
    public SerialPool() => Collector.Add(0, Environment.MachineName);

    /// <inheritdoc/>
    public override int Size => 1;

    /// <inheritdoc/>
    public override PoolStatistics Statistics => Collector.Snapshot();

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        IMapRun[] all;
        lock (runs)
        {
            disposed = true;
            all = [.. runs];
        }
        foreach (IMapRun run in all)
            run.End(new ObjectDisposedException(nameof(SerialPool)));
        return ValueTask.CompletedTask;
    }

    private protected override bool IsSerial => true;

    /// <inheritdoc/>
    private protected override void Start<TItem, TResult>(MapRequest<TItem, TResult> request, MapRun<TResult> run)
    {
        lock (runs)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            runs.Add(run);
        }
        var loop = new SerialLoop<TItem, TResult>(request, run);
        run.Ended += () =>
        {
            loop.Cancel();
            lock (runs)
                runs.Remove(run);
        };
        run.Begin(null, request.CancellationToken);
        if (run is StreamRun<TResult> stream)
        {
            stream.Pull = loop.ComputeNext;
            return;
        }
        while (!run.IsEnded)
            loop.ComputeNext();
    }
}
