using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NLog;

namespace PathosHpc;

/// <summary>Streams of a connection that has no relay: ssh itself forwards them, from a socket here for each target. The shared connection does so without a session;
/// where there is none, a connection of its own.</summary>
/// <param name="client">Its ssh.</param>
/// <param name="control">The socket of the shared connection; null when it is not shared.</param>
/// <param name="lost">Completed when the connection is.</param>
internal sealed class SshForwards(SshClient client, string? control, Task<HostFailedException> lost) : IAsyncDisposable
{
    private static readonly TimeSpan ReasonTime = TimeSpan.FromSeconds(1);
    private static readonly Logger Log = LogManager.GetLogger("PathosHpc.Ssh");
    private readonly Lock gate = new();
    private readonly Dictionary<string, Task<SshForward>> forwards = [];
    private SocketFolder? folder;
    private TaskCompletionSource<string> refused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool isForbidden, anyCame;

    /// <summary>Why no stream can be opened; null while nobody knows of a reason.</summary>
    public string? Refusal => isForbidden && !anyCame ? $"{client.Address} has no perl, and its server forwards nothing (AllowTcpForwarding, PermitOpen): streams need one of them there." : null;

    /// <summary>Opens a stream to a port that the host can reach, or to a Unix socket of it. Whether its other end was reached is told when it is first read.</summary>
    /// <exception cref="HostFailedException">It is known that the host forwards nothing, or it was lost.</exception>
    public async Task<Stream> DialAsync(string target, int? port, CancellationToken cancellationToken)
    {
        if (Refusal is { } known)
            throw new HostFailedException(HostFailureReason.Refused, client.Address, known);
        string name = port is { } number ? string.Create(CultureInfo.InvariantCulture, $"{(target.Contains(':', StringComparison.Ordinal) ? $"[{target}]" : target)}:{number}") : Escaped(target);
        Task<string> failed;
        Task<SshForward> opening;
        lock (gate)
        {
            if (!forwards.TryGetValue(name, out opening!) || opening.IsFaulted || opening is { IsCompletedSuccessfully: true, Result.HasEnded: true })
                forwards[name] = opening = Task.Run(() => OpenAsync(name), CancellationToken.None);
            failed = refused.Task;
        }
        SshForward forward = await opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        Socket socket = await forward.ConnectAsync(client.Address, cancellationToken).ConfigureAwait(false);
        return new DuplexStream(new ForwardedSocket(socket, () => anyCame = true, isEmpty => WhyAsync(forward, port is null ? target : $"{target} port {port}", isEmpty ? failed : null)));
    }

    /// <summary>What ssh says: that a stream failed is told nowhere else.</summary>
    public void Hear(string line)
    {
        if (!line.Contains("open failed", StringComparison.Ordinal))
            return;
        TaskCompletionSource<string> told;
        lock (gate)
        {
            isForbidden |= line.Contains("administratively prohibited", StringComparison.Ordinal);
            (told, refused) = (refused, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        told.TrySetResult(line);
    }

    public async ValueTask DisposeAsync()
    {
        Task<SshForward>[] all;
        lock (gate)
        {
            all = [.. forwards.Values];
            forwards.Clear();
        }
        foreach (Task<SshForward> forward in all)
        {
            if (await Task.WhenAny(forward).ConfigureAwait(false) is { IsCompletedSuccessfully: true } open)
                (await open.ConfigureAwait(false)).Dispose();
        }
        folder?.Dispose();
    }

    private async Task<SshForward> OpenAsync(string target)
    {
        EndPoint here = NewEndPoint();
        string forwarding = $"{(here is IPEndPoint ip ? ip.ToString() : here.ToString())}:{target}";
        SshForward forward = control is not null ? await SshForward.OverAsync(client, control, here, forwarding).ConfigureAwait(false)
            : await SshForward.AloneAsync(client, here, forwarding, Hear).ConfigureAwait(false);
        Log.Info("Streams to {Target} are forwarded by ssh over {Way}, since {Host} has no perl.", target, control is null ? "a connection of their own" : "the shared connection", client.Address);
        return forward;
    }

    /// <summary>A Unix socket in a folder that only the user enters. The ssh of Windows has none.</summary>
    private EndPoint NewEndPoint()
    {
        if (OperatingSystem.IsWindows())
        {
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            return probe.LocalEndPoint!;
        }
        lock (gate)
            return new UnixDomainSocketEndPoint(Path.Combine((folder ??= new SocketFolder()).Path, Guid.NewGuid().ToString("N")[..12]));
    }

    /// <summary>Why a stream ended, if that is a failure: the connection was lost, or nothing had come and ssh says that it could not be opened.</summary>
    private async Task<HostFailedException?> WhyAsync(SshForward forward, string target, Task<string>? failed)
    {
        // ssh tells the reason before it closes the socket, but on another way.
        if (failed is not null && await Task.WhenAny(failed, lost, Task.Delay(ReasonTime)).ConfigureAwait(false) == failed)
        {
            string line = await failed.ConfigureAwait(false);
            return Refusal is { } forbidden ? new HostFailedException(HostFailureReason.Refused, client.Address, forbidden)
                : new HostFailedException(HostFailureReason.Unreachable, client.Address, $"{target} cannot be reached from {client.Address}. It said: {line.Trim()}. Look whether what should listen there runs.");
        }
        return await forward.IsUpAsync().ConfigureAwait(false) && !lost.IsCompleted ? null
            : await Task.WhenAny(lost, Task.Delay(ReasonTime)).ConfigureAwait(false) == lost ? await lost.ConfigureAwait(false) : SshFailure.Lost(client.Address, "");
    }

    private static string Escaped(string path) => path.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(":", "\\:", StringComparison.Ordinal);
}
