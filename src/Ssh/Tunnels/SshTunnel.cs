namespace PathosHpc;

/// <summary>A tunnel through a host: as long as it is up, connections to <see cref="Port"/> or <see cref="Socket"/> lead to its target.</summary>
public abstract class SshTunnel : IAsyncDisposable
{
    private readonly TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private protected SshTunnel() { }

    /// <summary>The port on which connections are taken; 0 when it is a Unix socket.</summary>
    public int Port { get; private protected init; }

    /// <summary>Path of the Unix socket on which connections are taken; null when it is a port.</summary>
    public string? Socket { get; private protected init; }

    /// <summary>Completed when the tunnel has ended: it was disposed, or the connection to the host was lost.</summary>
    public Task Stopped => stopped.Task;

    /// <summary>Ends the tunnel with all its connections.</summary>
    public abstract ValueTask DisposeAsync();

    private protected bool Stop() => stopped.TrySetResult();
}
