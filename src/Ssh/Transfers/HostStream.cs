using System.Text;

namespace PathosHpc;

/// <summary>A script on a host that much is written to or read from.</summary>
internal sealed class HostStream : IAsyncDisposable
{
    private readonly SshHost host;
    private readonly SshProcess process;
    private readonly MemoryStream error = new();
    private readonly Task errors;

    private HostStream(SshHost host, SshProcess process)
    {
        (this.host, this.process) = (host, process);
        errors = CollectAsync();
    }

    public Stream Input => process.StandardInput;

    public Stream Output => process.StandardOutput;

    public static async Task<HostStream> StartAsync(SshHost host, string script, IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        new(host, await host.StartAsync(new HostCommand(["/bin/sh", "-c", script, "sh", .. arguments]), cancellationToken).ConfigureAwait(false));

    /// <summary>Does the writing and ends the input; what the other side says of its own failure is told rather than the broken pipe.</summary>
    public async Task WriteAsync(Func<Stream, Task> write)
    {
        try
        {
            await write(Input).ConfigureAwait(false);
            await Input.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            await Input.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException) when (process.Exit.Wait(TimeSpan.FromSeconds(10)) || process.Exit.IsFaulted)
        {
            await EndAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Waits for its end.</summary>
    /// <exception cref="HostFailedException">It failed, or the connection was lost.</exception>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        int code = await process.Exit.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (code == 0)
            return;
        await errors.WaitAsync(TimeSpan.FromSeconds(2), CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        string text;
        lock (error)
            text = Encoding.UTF8.GetString(error.ToArray()).Trim();
        throw new HostFailedException(HostFailureReason.File, host.Name, $"{host.Name}: {(text.Length > 0 ? text : $"the copy ended with code {code}")}");
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();

    private async Task CollectAsync()
    {
        var buffer = new byte[4096];
        try
        {
            for (int count; (count = await process.StandardError.ReadAsync(buffer).ConfigureAwait(false)) > 0;)
            {
                lock (error)
                    error.Write(buffer, 0, error.Length < 1 << 16 ? count : 0);
            }
        }
        catch (Exception e) when (e is IOException or HostFailedException or ObjectDisposedException or InvalidOperationException)
        {
            // Its exit tells of the loss.
        }
    }
}
