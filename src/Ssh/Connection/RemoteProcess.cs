namespace PathosHpc;

/// <summary>A command that runs over there, or a stream to a port there, whichever way its bytes come.</summary>
internal abstract class RemoteProcess : IAsyncDisposable
{
    /// <summary>What it reads; disposing it ends its input.</summary>
    public abstract Stream Input { get; }

    public abstract Stream Output { get; }

    public abstract Stream Error { get; }

    /// <summary>Its exit code, 128 + n when signal n ended it.</summary>
    /// <exception cref="HostFailedException">The connection was lost before it had ended.</exception>
    public abstract Task<int> Exit { get; }

    /// <summary>Ends it with what it started: asked first, after 2 seconds killed. Does not wait for that.</summary>
    public abstract Task EndAsync();

    public abstract ValueTask DisposeAsync();
}
