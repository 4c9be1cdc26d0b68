namespace PathosHpc;

/// <summary>To be written.</summary>
public sealed class SerialPool : Pool
{
    /// <summary>To be written.</summary>
    public SerialPool() { }

    /// <inheritdoc/>
    public override int Size => throw new NotSupportedException();

    /// <inheritdoc/>
    public override PoolStatistics Statistics => throw new NotSupportedException();

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => throw new NotSupportedException();
}
