namespace PathosHpc;

public abstract partial class Pool
{
    private Task<TResult[]> MapToArray<TItem, TResult>(ItemFunction<TItem, TResult> function, IEnumerable<TItem> items, MapOptions? options, CancellationToken cancellationToken) => throw new NotSupportedException();

    private IAsyncEnumerable<TResult> MapToStream<TItem, TResult>(ItemFunction<TItem, TResult> function, IEnumerable<TItem> items, MapOptions? options, CancellationToken cancellationToken) => throw new NotSupportedException();

    private IAsyncEnumerable<(long Index, TResult Item)> MapToUnordered<TItem, TResult>(ItemFunction<TItem, TResult> function, IEnumerable<TItem> items, MapOptions? options, CancellationToken cancellationToken) => throw new NotSupportedException();

    private Task<TResult> RunOne<TItem, TResult>(ItemFunction<TItem, TResult> function, TItem item, MapOptions? options, CancellationToken cancellationToken) => throw new NotSupportedException();

    private static IEnumerable<(T1, T2)> Zip<T1, T2>(IEnumerable<T1> first, IEnumerable<T2> second) => first.Zip(second);

    private static IEnumerable<(T1, T2, T3)> Zip<T1, T2, T3>(IEnumerable<T1> first, IEnumerable<T2> second, IEnumerable<T3> third) => first.Zip(second, third);
}
