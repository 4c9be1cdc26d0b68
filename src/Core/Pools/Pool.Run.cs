namespace PathosHpc;

public abstract partial class Pool
{
    /// <summary>Computes <paramref name="f"/> of one item on a worker of this pool.</summary>
    /// <exception cref="ItemFailedException">The function failed.</exception>
    public Task<TResult> RunAsync<TItem, TResult>(Func<TItem, TResult> f, TItem item, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        RunOne(new SyncFunction<TItem, TResult>(f), item, options, cancellationToken);

    /// <summary>Computes <paramref name="f"/> of one item, passing it the item's cancellation token, on a worker of this pool.</summary>
    /// <exception cref="ItemFailedException">The function failed.</exception>
    public Task<TResult> RunAsync<TItem, TResult>(Func<TItem, CancellationToken, TResult> f, TItem item, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        RunOne(new SyncTokenFunction<TItem, TResult>(f), item, options, cancellationToken);

    /// <summary>Computes the asynchronous <paramref name="f"/> of one item on a worker of this pool.</summary>
    /// <exception cref="ItemFailedException">The function failed.</exception>
    public Task<TResult> RunAsync<TItem, TResult>(Func<TItem, Task<TResult>> f, TItem item, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        RunOne(new AsyncFunction<TItem, TResult>(f), item, options, cancellationToken);

    /// <summary>Computes the asynchronous <paramref name="f"/> of one item, passing it the item's cancellation token, on a worker of this pool.</summary>
    /// <exception cref="ItemFailedException">The function failed.</exception>
    public Task<TResult> RunAsync<TItem, TResult>(Func<TItem, CancellationToken, Task<TResult>> f, TItem item, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        RunOne(new AsyncTokenFunction<TItem, TResult>(f), item, options, cancellationToken);
}
