namespace PathosHpc;

/// <summary>To be written.</summary>
public sealed class ProcessPool : Pool
{
    /// <summary>To be written.</summary>
    public ProcessPool(int? workers = null) { }

    /// <inheritdoc/>
    public override int Size => throw new NotSupportedException();

    /// <inheritdoc/>
    public override PoolStatistics Statistics => throw new NotSupportedException();

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => throw new NotSupportedException();
}
