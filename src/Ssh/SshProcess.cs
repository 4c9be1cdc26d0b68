namespace PathosHpc;

/// <summary>A command that runs on a host, with its streams. Disposing it ends what still runs.</summary>
public sealed class SshProcess : IAsyncDisposable
{
    private readonly RemoteProcess process;

    internal SshProcess(RemoteProcess process) => this.process = process;

    /// <summary>What it reads; dispose it to end its input.</summary>
    public Stream StandardInput => process.Input;

    /// <summary>What it writes; read it, since a command waits when nobody does.</summary>
    public Stream StandardOutput => process.Output;

    /// <summary>What it writes to its standard error.</summary>
    public Stream StandardError => process.Error;

    /// <summary>Its exit code, once it has ended: 127 when the program does not exist, 128 + n when signal n ended it.
    /// Fails with <see cref="HostFailedException"/> when the connection is lost before.</summary>
    public Task<int> Exit => process.Exit;

    /// <summary>Ends it with what it started: with SIGTERM, after 2 seconds with SIGKILL.</summary>
    public Task EndAsync(CancellationToken cancellationToken = default) => process.EndAsync().WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => process.DisposeAsync();
}
