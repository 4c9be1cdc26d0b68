namespace PathosHpc;

/// <summary>The maps of <see cref="Pool"/> for callers that cannot await: they block the calling thread.</summary>
public static class PoolExtensions
{
    /// <summary>Blocks until <see cref="Pool.MapAsync{TItem, TResult}(Func{TItem, TResult}, IEnumerable{TItem}, MapOptions?, CancellationToken)"/> has all results, and gives them in the order of the items.</summary>
    public static TResult[] Map<TItem, TResult>(this Pool pool, Func<TItem, TResult> f, IEnumerable<TItem> items, MapOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pool);
        return pool.MapAsync(f, items, options, cancellationToken).GetAwaiter().GetResult();
    }

    /// <summary>Blocks until <see cref="Pool.MapAsync{TItem, TResult}(Func{TItem, TResult}, IEnumerable{TItem}, MapOptions?, CancellationToken)"/> has all results, and gives them in the order of the items.</summary>
    public static TResult[] Map<TItem, TResult>(this Pool pool, Func<TItem, CancellationToken, TResult> f, IEnumerable<TItem> items, MapOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pool);
        return pool.MapAsync(f, items, options, cancellationToken).GetAwaiter().GetResult();
    }

    /// <summary>Blocks until <see cref="Pool.MapAsync{TItem, TResult}(Func{TItem, TResult}, IEnumerable{TItem}, MapOptions?, CancellationToken)"/> has all results, and gives them in the order of the items.</summary>
    public static TResult[] Map<T1, T2, TResult>(this Pool pool, Func<T1, T2, TResult> f, IEnumerable<T1> first, IEnumerable<T2> second, MapOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pool);
        return pool.MapAsync(f, first, second, options, cancellationToken).GetAwaiter().GetResult();
    }

    /// <summary>Blocks until <see cref="Pool.MapAsync{TItem, TResult}(Func{TItem, TResult}, IEnumerable{TItem}, MapOptions?, CancellationToken)"/> has all results, and gives them in the order of the items.</summary>
    public static TResult[] Map<T1, T2, TResult>(this Pool pool, Func<T1, T2, CancellationToken, TResult> f, IEnumerable<T1> first, IEnumerable<T2> second, MapOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pool);
        return pool.MapAsync(f, first, second, options, cancellationToken).GetAwaiter().GetResult();
    }

    /// <summary>Blocks until <see cref="Pool.MapAsync{TItem, TResult}(Func{TItem, TResult}, IEnumerable{TItem}, MapOptions?, CancellationToken)"/> has all results, and gives them in the order of the items.</summary>
    public static TResult[] Map<T1, T2, T3, TResult>(this Pool pool, Func<T1, T2, T3, TResult> f, IEnumerable<T1> first, IEnumerable<T2> second, IEnumerable<T3> third, MapOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pool);
        return pool.MapAsync(f, first, second, third, options, cancellationToken).GetAwaiter().GetResult();
    }

    /// <summary>Blocks until <see cref="Pool.MapAsync{TItem, TResult}(Func{TItem, TResult}, IEnumerable{TItem}, MapOptions?, CancellationToken)"/> has all results, and gives them in the order of the items.</summary>
    public static TResult[] Map<T1, T2, T3, TResult>(this Pool pool, Func<T1, T2, T3, CancellationToken, TResult> f, IEnumerable<T1> first, IEnumerable<T2> second, IEnumerable<T3> third, MapOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pool);
        return pool.MapAsync(f, first, second, third, options, cancellationToken).GetAwaiter().GetResult();
    }

    /// <summary>Blocks until <paramref name="f"/> of one item has been computed on a worker of the pool, and gives its result.</summary>
    public static TResult Run<TItem, TResult>(this Pool pool, Func<TItem, TResult> f, TItem item, MapOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pool);
        return pool.RunAsync(f, item, options, cancellationToken).GetAwaiter().GetResult();
    }

    /// <summary>Blocks until <paramref name="f"/> of one item has been computed on a worker of the pool, and gives its result.</summary>
    public static TResult Run<TItem, TResult>(this Pool pool, Func<TItem, CancellationToken, TResult> f, TItem item, MapOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pool);
        return pool.RunAsync(f, item, options, cancellationToken).GetAwaiter().GetResult();
    }
}
