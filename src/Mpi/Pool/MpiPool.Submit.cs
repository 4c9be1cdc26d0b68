namespace PathosHpc;

public sealed partial class MpiPool
{
    /// <summary>Submits the map of <paramref name="f"/> over all items as a job that does not need this program any more: function and items are in the job folder when this
    /// returns, results are kept there as they come, and <see cref="MapJob{TResult}"/> reads them, here or in another program.</summary>
    /// <param name="options">The scheduler, what is asked of it, and how the ranks are started.</param>
    /// <param name="f">The function.</param>
    /// <param name="items">The input, read to its end here.</param>
    /// <param name="map">Default: <c>new MapOptions()</c>. What tells this process something (progress, output) cannot be used.</param>
    /// <param name="cancellationToken">Gives up; a job that was submitted already is canceled.</param>
    /// <exception cref="ArgumentException">An option is unusable; the message names all that are.</exception>
    /// <exception cref="CannotShipException">The function or an item holds something that cannot be sent.</exception>
    /// <exception cref="JobFailedException">The scheduler refuses the job, or does not answer.</exception>
    public static Task<MapJob<TResult>> SubmitAsync<TItem, TResult>(MpiPoolOptions options, Func<TItem, TResult> f, IEnumerable<TItem> items, MapOptions? map = null, CancellationToken cancellationToken = default) =>
        MapSubmission.SubmitAsync(options, new SyncFunction<TItem, TResult>(f), items, map, cancellationToken);

    /// <summary>Submits the map of <paramref name="f"/>, which is passed each item's cancellation token, as a job that does not need this program any more.</summary>
    /// <inheritdoc cref="SubmitAsync{TItem, TResult}(MpiPoolOptions, Func{TItem, TResult}, IEnumerable{TItem}, MapOptions?, CancellationToken)"/>
    public static Task<MapJob<TResult>> SubmitAsync<TItem, TResult>(MpiPoolOptions options, Func<TItem, CancellationToken, TResult> f, IEnumerable<TItem> items, MapOptions? map = null, CancellationToken cancellationToken = default) =>
        MapSubmission.SubmitAsync(options, new SyncTokenFunction<TItem, TResult>(f), items, map, cancellationToken);

    /// <summary>Submits the map of the asynchronous <paramref name="f"/> as a job that does not need this program any more.</summary>
    /// <inheritdoc cref="SubmitAsync{TItem, TResult}(MpiPoolOptions, Func{TItem, TResult}, IEnumerable{TItem}, MapOptions?, CancellationToken)"/>
    public static Task<MapJob<TResult>> SubmitAsync<TItem, TResult>(MpiPoolOptions options, Func<TItem, Task<TResult>> f, IEnumerable<TItem> items, MapOptions? map = null, CancellationToken cancellationToken = default) =>
        MapSubmission.SubmitAsync(options, new AsyncFunction<TItem, TResult>(f), items, map, cancellationToken);

    /// <summary>Submits the map of the asynchronous <paramref name="f"/>, which is passed each item's cancellation token, as a job that does not need this program any more.</summary>
    /// <inheritdoc cref="SubmitAsync{TItem, TResult}(MpiPoolOptions, Func{TItem, TResult}, IEnumerable{TItem}, MapOptions?, CancellationToken)"/>
    public static Task<MapJob<TResult>> SubmitAsync<TItem, TResult>(MpiPoolOptions options, Func<TItem, CancellationToken, Task<TResult>> f, IEnumerable<TItem> items, MapOptions? map = null, CancellationToken cancellationToken = default) =>
        MapSubmission.SubmitAsync(options, new AsyncTokenFunction<TItem, TResult>(f), items, map, cancellationToken);
}
