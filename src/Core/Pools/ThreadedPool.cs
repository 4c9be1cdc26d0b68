namespace PathosHpc;

/// <summary>To be written.</summary>
public sealed class ThreadedPool : Pool
{
    /// <summary>To be written.</summary>
    public ThreadedPool(int? threads = null) { }

    /// <inheritdoc/>
    public override int Size => throw new NotSupportedException();

    /// <inheritdoc/>
    public override PoolStatistics Statistics => throw new NotSupportedException();

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => throw new NotSupportedException();
}
