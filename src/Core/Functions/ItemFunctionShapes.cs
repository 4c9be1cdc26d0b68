namespace PathosHpc;

// One adapter for each shape of function: one to three items, synchronous or not, with a cancellation token or without.

internal sealed class SyncFunction<T, TResult>(Func<T, TResult> f) : ItemFunction<T, TResult>
{
    public Func<T, TResult> Function => f;
    public override Delegate Target => f;
    public override TResult Invoke(T item, CancellationToken cancellationToken) => f(item);
}

internal sealed class SyncTokenFunction<T, TResult>(Func<T, CancellationToken, TResult> f) : ItemFunction<T, TResult>
{
    public override Delegate Target => f;
    public override TResult Invoke(T item, CancellationToken cancellationToken) => f(item, cancellationToken);
}

internal sealed class AsyncFunction<T, TResult>(Func<T, Task<TResult>> f) : ItemFunction<T, TResult>
{
    public override Delegate Target => f;
    public override bool IsAsync => true;
    public override Task<TResult> InvokeAsync(T item, CancellationToken cancellationToken) => f(item);
}

internal sealed class AsyncTokenFunction<T, TResult>(Func<T, CancellationToken, Task<TResult>> f) : ItemFunction<T, TResult>
{
    public override Delegate Target => f;
    public override bool IsAsync => true;
    public override Task<TResult> InvokeAsync(T item, CancellationToken cancellationToken) => f(item, cancellationToken);
}

internal sealed class SyncFunction<T1, T2, TResult>(Func<T1, T2, TResult> f) : ItemFunction<(T1, T2), TResult>
{
    public override Delegate Target => f;
    public override TResult Invoke((T1, T2) item, CancellationToken cancellationToken) => f(item.Item1, item.Item2);
}

internal sealed class SyncTokenFunction<T1, T2, TResult>(Func<T1, T2, CancellationToken, TResult> f) : ItemFunction<(T1, T2), TResult>
{
    public override Delegate Target => f;
    public override TResult Invoke((T1, T2) item, CancellationToken cancellationToken) => f(item.Item1, item.Item2, cancellationToken);
}

internal sealed class AsyncFunction<T1, T2, TResult>(Func<T1, T2, Task<TResult>> f) : ItemFunction<(T1, T2), TResult>
{
    public override Delegate Target => f;
    public override bool IsAsync => true;
    public override Task<TResult> InvokeAsync((T1, T2) item, CancellationToken cancellationToken) => f(item.Item1, item.Item2);
}

internal sealed class AsyncTokenFunction<T1, T2, TResult>(Func<T1, T2, CancellationToken, Task<TResult>> f) : ItemFunction<(T1, T2), TResult>
{
    public override Delegate Target => f;
    public override bool IsAsync => true;
    public override Task<TResult> InvokeAsync((T1, T2) item, CancellationToken cancellationToken) => f(item.Item1, item.Item2, cancellationToken);
}

internal sealed class SyncFunction<T1, T2, T3, TResult>(Func<T1, T2, T3, TResult> f) : ItemFunction<(T1, T2, T3), TResult>
{
    public override Delegate Target => f;
    public override TResult Invoke((T1, T2, T3) item, CancellationToken cancellationToken) => f(item.Item1, item.Item2, item.Item3);
}

internal sealed class SyncTokenFunction<T1, T2, T3, TResult>(Func<T1, T2, T3, CancellationToken, TResult> f) : ItemFunction<(T1, T2, T3), TResult>
{
    public override Delegate Target => f;
    public override TResult Invoke((T1, T2, T3) item, CancellationToken cancellationToken) => f(item.Item1, item.Item2, item.Item3, cancellationToken);
}

internal sealed class AsyncFunction<T1, T2, T3, TResult>(Func<T1, T2, T3, Task<TResult>> f) : ItemFunction<(T1, T2, T3), TResult>
{
    public override Delegate Target => f;
    public override bool IsAsync => true;
    public override Task<TResult> InvokeAsync((T1, T2, T3) item, CancellationToken cancellationToken) => f(item.Item1, item.Item2, item.Item3);
}

internal sealed class AsyncTokenFunction<T1, T2, T3, TResult>(Func<T1, T2, T3, CancellationToken, Task<TResult>> f) : ItemFunction<(T1, T2, T3), TResult>
{
    public override Delegate Target => f;
    public override bool IsAsync => true;
    public override Task<TResult> InvokeAsync((T1, T2, T3) item, CancellationToken cancellationToken) => f(item.Item1, item.Item2, item.Item3, cancellationToken);
}
