namespace PathosHpc;

public abstract partial class Pool
{
    /// <summary>Computes <paramref name="f"/> of each item and gives the results in the order of the items, each as soon as it and those before it are there.</summary>
    /// <param name="f">The function; pure of side effects on this process, since it may run in another one. An array of numbers that it captured must not change while the map runs.</param>
    /// <param name="items">The input, read lazily on a thread of its own unless it is an array or list; one that is must not change while the map runs.</param>
    /// <param name="options">Default: <c>new MapOptions()</c>.</param>
    /// <param name="cancellationToken">Ends the map with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">An option is unusable; the message names all that are.</exception>
    /// <exception cref="CannotShipException">The function holds something that cannot be sent to another process.</exception>
    /// <exception cref="ItemFailedException">An item failed, and <see cref="MapOptions.OnItemFailure"/> is Stop.</exception>
    /// <exception cref="MapFailedException">Items failed, and <see cref="MapOptions.OnItemFailure"/> is Continue.</exception>
    /// <exception cref="JobFailedException">The ranks could not be started, or started again.</exception>
    /// <exception cref="ObjectDisposedException">The pool was disposed.</exception>
    public IAsyncEnumerable<TResult> MapStreamAsync<TItem, TResult>(Func<TItem, TResult> f, IEnumerable<TItem> items, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        MapToStream(new SyncFunction<TItem, TResult>(f), items, options, cancellationToken);

    /// <summary>Computes <paramref name="f"/> of each item, passing it the item's cancellation token, and gives the results in the order of the items, each as soon as it and those before it are there.</summary>
    /// <inheritdoc cref="MapStreamAsync{TItem, TResult}(Func{TItem, TResult}, IEnumerable{TItem}, MapOptions?, CancellationToken)"/>
    public IAsyncEnumerable<TResult> MapStreamAsync<TItem, TResult>(Func<TItem, CancellationToken, TResult> f, IEnumerable<TItem> items, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        MapToStream(new SyncTokenFunction<TItem, TResult>(f), items, options, cancellationToken);

    /// <summary>Computes the asynchronous <paramref name="f"/> of each item and gives the results in the order of the items, each as soon as it and those before it are there.</summary>
    /// <inheritdoc cref="MapStreamAsync{TItem, TResult}(Func{TItem, TResult}, IEnumerable{TItem}, MapOptions?, CancellationToken)"/>
    public IAsyncEnumerable<TResult> MapStreamAsync<TItem, TResult>(Func<TItem, Task<TResult>> f, IEnumerable<TItem> items, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        MapToStream(new AsyncFunction<TItem, TResult>(f), items, options, cancellationToken);

    /// <summary>Computes the asynchronous <paramref name="f"/> of each item, passing it the item's cancellation token, and gives the results in the order of the items, each as soon as it and those before it are there.</summary>
    /// <inheritdoc cref="MapStreamAsync{TItem, TResult}(Func{TItem, TResult}, IEnumerable{TItem}, MapOptions?, CancellationToken)"/>
    public IAsyncEnumerable<TResult> MapStreamAsync<TItem, TResult>(Func<TItem, CancellationToken, Task<TResult>> f, IEnumerable<TItem> items, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        MapToStream(new AsyncTokenFunction<TItem, TResult>(f), items, options, cancellationToken);

    /// <summary>Computes <paramref name="f"/> of each pair of items and gives the results in the order of the items, each as soon as it and those before it are there.</summary>
    /// <inheritdoc cref="MapStreamAsync{TItem, TResult}(Func{TItem, TResult}, IEnumerable{TItem}, MapOptions?, CancellationToken)"/>
    public IAsyncEnumerable<TResult> MapStreamAsync<T1, T2, TResult>(Func<T1, T2, TResult> f, IEnumerable<T1> first, IEnumerable<T2> second, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        MapToStream(new SyncFunction<T1, T2, TResult>(f), Zip(first, second), options, cancellationToken);

    /// <summary>Computes <paramref name="f"/> of each pair of items, passing it the item's cancellation token, and gives the results in the order of the items, each as soon as it and those before it are there.</summary>
    /// <inheritdoc cref="MapStreamAsync{TItem, TResult}(Func{TItem, TResult}, IEnumerable{TItem}, MapOptions?, CancellationToken)"/>
    public IAsyncEnumerable<TResult> MapStreamAsync<T1, T2, TResult>(Func<T1, T2, CancellationToken, TResult> f, IEnumerable<T1> first, IEnumerable<T2> second, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        MapToStream(new SyncTokenFunction<T1, T2, TResult>(f), Zip(first, second), options, cancellationToken);

    /// <summary>Computes the asynchronous <paramref name="f"/> of each pair of items and gives the results in the order of the items, each as soon as it and those before it are there.</summary>
    /// <inheritdoc cref="MapStreamAsync{TItem, TResult}(Func{TItem, TResult}, IEnumerable{TItem}, MapOptions?, CancellationToken)"/>
    public IAsyncEnumerable<TResult> MapStreamAsync<T1, T2, TResult>(Func<T1, T2, Task<TResult>> f, IEnumerable<T1> first, IEnumerable<T2> second, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        MapToStream(new AsyncFunction<T1, T2, TResult>(f), Zip(first, second), options, cancellationToken);

    /// <summary>Computes the asynchronous <paramref name="f"/> of each pair of items, passing it the item's cancellation token, and gives the results in the order of the items, each as soon as it and those before it are there.</summary>
    /// <inheritdoc cref="MapStreamAsync{TItem, TResult}(Func{TItem, TResult}, IEnumerable{TItem}, MapOptions?, CancellationToken)"/>
    public IAsyncEnumerable<TResult> MapStreamAsync<T1, T2, TResult>(Func<T1, T2, CancellationToken, Task<TResult>> f, IEnumerable<T1> first, IEnumerable<T2> second, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        MapToStream(new AsyncTokenFunction<T1, T2, TResult>(f), Zip(first, second), options, cancellationToken);

    /// <summary>Computes <paramref name="f"/> of each triple of items and gives the results in the order of the items, each as soon as it and those before it are there.</summary>
    /// <inheritdoc cref="MapStreamAsync{TItem, TResult}(Func{TItem, TResult}, IEnumerable{TItem}, MapOptions?, CancellationToken)"/>
    public IAsyncEnumerable<TResult> MapStreamAsync<T1, T2, T3, TResult>(Func<T1, T2, T3, TResult> f, IEnumerable<T1> first, IEnumerable<T2> second, IEnumerable<T3> third, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        MapToStream(new SyncFunction<T1, T2, T3, TResult>(f), Zip(first, second, third), options, cancellationToken);

    /// <summary>Computes <paramref name="f"/> of each triple of items, passing it the item's cancellation token, and gives the results in the order of the items, each as soon as it and those before it are there.</summary>
    /// <inheritdoc cref="MapStreamAsync{TItem, TResult}(Func{TItem, TResult}, IEnumerable{TItem}, MapOptions?, CancellationToken)"/>
    public IAsyncEnumerable<TResult> MapStreamAsync<T1, T2, T3, TResult>(Func<T1, T2, T3, CancellationToken, TResult> f, IEnumerable<T1> first, IEnumerable<T2> second, IEnumerable<T3> third, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        MapToStream(new SyncTokenFunction<T1, T2, T3, TResult>(f), Zip(first, second, third), options, cancellationToken);

    /// <summary>Computes the asynchronous <paramref name="f"/> of each triple of items and gives the results in the order of the items, each as soon as it and those before it are there.</summary>
    /// <inheritdoc cref="MapStreamAsync{TItem, TResult}(Func{TItem, TResult}, IEnumerable{TItem}, MapOptions?, CancellationToken)"/>
    public IAsyncEnumerable<TResult> MapStreamAsync<T1, T2, T3, TResult>(Func<T1, T2, T3, Task<TResult>> f, IEnumerable<T1> first, IEnumerable<T2> second, IEnumerable<T3> third, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        MapToStream(new AsyncFunction<T1, T2, T3, TResult>(f), Zip(first, second, third), options, cancellationToken);

    /// <summary>Computes the asynchronous <paramref name="f"/> of each triple of items, passing it the item's cancellation token, and gives the results in the order of the items, each as soon as it and those before it are there.</summary>
    /// <inheritdoc cref="MapStreamAsync{TItem, TResult}(Func{TItem, TResult}, IEnumerable{TItem}, MapOptions?, CancellationToken)"/>
    public IAsyncEnumerable<TResult> MapStreamAsync<T1, T2, T3, TResult>(Func<T1, T2, T3, CancellationToken, Task<TResult>> f, IEnumerable<T1> first, IEnumerable<T2> second, IEnumerable<T3> third, MapOptions? options = null, CancellationToken cancellationToken = default) =>
        MapToStream(new AsyncTokenFunction<T1, T2, T3, TResult>(f), Zip(first, second, third), options, cancellationToken);
}
