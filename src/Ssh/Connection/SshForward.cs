using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace PathosHpc;

/// <summary>A socket here whose connections ssh forwards to one target.</summary>
internal sealed class SshForward : IDisposable
{
    private static readonly TimeSpan EndTime = TimeSpan.FromMilliseconds(200);
    private readonly EndPoint here;
    private readonly ProcessStartInfo? ask;
    private readonly Process? own;

    private SshForward(EndPoint here, ProcessStartInfo? ask, Process? own) => (this.here, this.ask, this.own) = (here, ask, own);

    /// <summary>Whether the connection of its own is no more.</summary>
    public bool HasEnded => own is { HasExited: true };

    /// <summary>Has the shared connection forward.</summary>
    /// <exception cref="HostFailedException">It does not.</exception>
    public static async Task<SshForward> OverAsync(SshClient client, string control, EndPoint here, string forwarding)
    {
        CommandResult result = await RunAsync(client.Control(control, "forward", "-L", forwarding)).ConfigureAwait(false);
        return result.Succeeded ? new SshForward(here, client.Control(control, "check"), null)
            : throw new HostFailedException(HostFailureReason.Refused, client.Address, $"The connection to {client.Address} does not forward {forwarding}. It said: {result.AllOutput.Trim()}");
    }

    /// <summary>Makes a connection of its own that forwards.</summary>
    /// <exception cref="HostFailedException">The host cannot be reached, or does not let us in without asking.</exception>
    public static async Task<SshForward> AloneAsync(SshClient client, EndPoint here, string forwarding, Action<string> said)
    {
        Process process = Process.Start(client.Forward(forwarding))!;
        var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var text = new TailBuffer();
        process.ErrorDataReceived += (_, e) =>
        {
            if (e.Data is null)
                return;
            if (!e.Data.StartsWith("debug", StringComparison.Ordinal))
                text.Add(e.Data);
            said(e.Data);
            if (e.Data.Contains("Entering interactive session", StringComparison.Ordinal))
                up.TrySetResult();
        };
        process.BeginErrorReadLine();
        Task ended = process.WaitForExitAsync();
        await Task.WhenAny(up.Task, ended, Task.Delay(client.Options.ConnectTimeout * 2)).ConfigureAwait(false);
        if (up.Task.IsCompleted && !ended.IsCompleted)
            return new SshForward(here, null, process);
        if (!ended.IsCompleted)
        {
            text.Add("Connection timed out");
            process.Kill();
        }
        await ended.ConfigureAwait(false);
        process.Dispose();
        throw await SshFailure.OfAsync(client.Address, mayAsk: false, text.ToString()).ConfigureAwait(false);
    }

    public async Task<Socket> ConnectAsync(string host, CancellationToken cancellationToken)
    {
        bool isUnix = here is UnixDomainSocketEndPoint;
        var socket = new Socket(here.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            if (!isUnix)
                socket.NoDelay = true;
            await socket.ConnectAsync(here, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch (Exception e)
        {
            socket.Dispose();
            throw e is SocketException ? SshFailure.Lost(host, $"ssh no longer forwards ({e.Message})") : e;
        }
    }

    /// <summary>Whether what forwards still runs: if not, an end of a stream is that of its connection.</summary>
    public async Task<bool> IsUpAsync()
    {
        if (ask is not null)
            return (await RunAsync(ask).ConfigureAwait(false)).Succeeded;
        // It closes its sockets a moment before it ends.
        return own is not null && await Task.WhenAny(own.WaitForExitAsync(), Task.Delay(EndTime)).ConfigureAwait(false) is not null && !own.HasExited;
    }

    public void Dispose()
    {
        if (own is null)
            return;
        try
        {
            own.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }
        own.WaitForExit();
        own.Dispose();
    }

    private static Task<CommandResult> RunAsync(ProcessStartInfo start) => LocalHost.Instance.RunAsync(new HostCommand([start.FileName, .. start.ArgumentList]));
}
