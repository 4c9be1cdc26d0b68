using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using NLog;

namespace PathosHpc;

/// <summary>One connection to a host, from its being up to its loss: a session with the relay, and a socket through which it can be asked for more.</summary>
internal sealed class SshConnection : IAsyncDisposable
{
    private const int MostNoise = 1 << 20;
    private static readonly TimeSpan AskingTime = TimeSpan.FromMinutes(3), LeaveTime = TimeSpan.FromSeconds(4);
    private static readonly Logger Log = LogManager.GetLogger("PathosHpc.Ssh");
    private readonly SshClient client;
    private readonly Process process;
    private readonly SocketFolder? shared;
    private readonly SshForwards forwards;
    private readonly TailBuffer said = new();
    private readonly TaskCompletionSource<HostFailedException> lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Relay? relay;
    private HostFailedException? aloneRefused;
    private volatile bool disposed;

    private SshConnection(SshClient client, Process process, SocketFolder? shared)
    {
        (this.client, this.process, this.shared) = (client, process, shared);
        forwards = new SshForwards(client, shared?.Control, lost.Task);
        process.ErrorDataReceived += (_, e) =>
        {
            if (e.Data is null)
                return;
            said.Add(e.Data);
            forwards.Hear(e.Data);
        };
        process.BeginErrorReadLine();
    }

    /// <summary>Completed when the connection is no more.</summary>
    public Task<HostFailedException> Lost => lost.Task;

    /// <summary>The address that it leads to.</summary>
    public string Host => client.Address;

    /// <summary>Whether a relay carries its commands and streams.</summary>
    public bool HasRelay => relay is not null;

    public bool IsUp => !lost.Task.IsCompleted && !disposed;

    /// <summary>Why no streams can be opened over it; null when they can.</summary>
    public string? NoStreams => relay is null ? forwards.Refusal : null;

    /// <summary>Connects; up when it returns.</summary>
    /// <exception cref="HostFailedException">It cannot be reached, or does not let us in.</exception>
    public static async Task<SshConnection> ConnectAsync(SshClient client, CancellationToken cancellationToken)
    {
        SocketFolder? shared = client.Options.Multiplexing ? new SocketFolder() : null;
        SshConnection? connection = null;
        try
        {
            connection = new SshConnection(client, Start(client, client.Connect(shared?.Control, RemoteScript.Bootstrap)), shared);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(client.MayAsk ? AskingTime : client.Options.ConnectTimeout + client.Options.ConnectTimeout);
            await connection.ComeUpAsync(cancellationToken, limit.Token).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            if (connection is not null)
                await connection.DisposeAsync().ConfigureAwait(false);
            else
                shared?.Dispose();
            throw;
        }
    }

    /// <summary>Starts a command.</summary>
    /// <param name="inSession">Whether to do so in a session of its own although there is a relay. That costs a login shell with its start files.</param>
    public async Task<RemoteProcess> StartAsync(HostCommand command, bool inSession, CancellationToken cancellationToken)
    {
        if (relay is not null && !inSession)
            return await relay.StartAsync(command, cancellationToken).ConfigureAwait(false);
        if (shared is null)
            return await StartAloneAsync(command, cancellationToken).ConfigureAwait(false);
        try
        {
            return await SessionProcess.StartAsync(client.Session(shared.Control, RemoteScript.Bootstrap), client.Address, command, EndGroupAsync, cancellationToken).ConfigureAwait(false);
        }
        catch (HostFailedException e) when (e.Reason == HostFailureReason.Refused)
        {
            throw Refused($"{e.Message} Raise MaxSessions there, or install perl, with which one session does for everything.");
        }
        catch (HostFailedException) when (lost.Task.IsCompleted)
        {
            throw lost.Task.Result;
        }
    }

    /// <summary>Opens a stream to a port that the host can reach, or to a Unix socket of it when <paramref name="port"/> is null.</summary>
    public async Task<Stream> DialAsync(string target, int? port, CancellationToken cancellationToken)
    {
        if (relay is null)
            return await forwards.DialAsync(target, port, cancellationToken).ConfigureAwait(false);
        try
        {
            return new DuplexStream(port is { } number ? await relay.DialAsync(target, number, cancellationToken).ConfigureAwait(false) : await relay.DialAsync(target, cancellationToken).ConfigureAwait(false));
        }
        catch (IOException e)
        {
            throw new HostFailedException(HostFailureReason.Unreachable, client.Address, $"{target}{(port is null ? "" : $" port {port}")} cannot be reached from {client.Address}: {e.Message}. Look whether what should listen there runs.", e);
        }
    }

    /// <summary>Has the relay take connections over there.</summary>
    public async Task<RelayListener> ListenAsync(TunnelOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await relay!.ListenAsync(options.ListenSocket, options.ListenAddress, options.ListenPort ?? 0, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw Refused($"{Host} cannot take connections for a tunnel to here on {options.ListenSocket ?? $"port {options.ListenPort ?? 0} of {options.ListenAddress}"}: {e.Message}. Choose another, or leave ListenPort and ListenSocket null for a port that is free.");
        }
    }

    /// <summary>Asks the shared connection for a forwarding, or to give one up.</summary>
    /// <returns>What it answered: for a reverse forwarding of port 0, the port.</returns>
    public async Task<(bool Done, string Text)> ForwardAsync(string word, string flag, string forwarding, CancellationToken cancellationToken)
    {
        if (shared is null)
            throw Refused($"A tunnel of this kind needs a shared connection to {client.Address}, which Multiplexing = false forbids, or perl there.");
        var start = client.Control(shared.Control, word, flag, forwarding);
        var command = new HostCommand([start.FileName, .. start.ArgumentList]) { Timeout = client.Options.ConnectTimeout };
        CommandResult result = await LocalHost.Instance.RunAsync(command, cancellationToken).ConfigureAwait(false);
        return (result.Succeeded, result.Succeeded ? result.StandardOutput.Trim() : result.AllOutput.Trim());
    }

    public async ValueTask DisposeAsync()
    {
        if (disposed)
            return;
        disposed = true;
        try
        {
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended, and took what was not yet sent with it.
        }
        using (var patience = new CancellationTokenSource(LeaveTime))
        {
            // The end of its input ends the relay, and the relay the commands that still run; ssh waits for sessions of their own.
            await process.WaitForExitAsync(relay is null ? new CancellationToken(true) : patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        Kill();
        await process.WaitForExitAsync(CancellationToken.None).WaitAsync(LeaveTime, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lost.TrySetResult(SshFailure.Lost(client.Address, "It was closed on this side."));
        relay?.Dispose();
        await forwards.DisposeAsync().ConfigureAwait(false);
        shared?.Dispose();
    }

    private async Task ComeUpAsync(CancellationToken cancellationToken, CancellationToken limit)
    {
        string mark = "pathos-" + Guid.NewGuid().ToString("N");
        using var stop = limit.Register(Kill);
        Stream output = process.StandardOutput.BaseStream;
        WidePipe.Widen(output);
        WidePipe.Widen(process.StandardInput.BaseStream);
        string? kind = null;
        var seen = new List<byte>();
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(RemoteScript.Line(RemoteScript.Relay(mark, Relay.Program)), limit).ConfigureAwait(false);
            await process.StandardInput.BaseStream.FlushAsync(limit).ConfigureAwait(false);
            kind = await ReadMarkAsync(output, "\n" + mark + " ", seen).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // ssh ended; what it said tells why.
        }
        if (kind is null)
        {
            // It is about to end, and tells why as it does.
            await process.WaitForExitAsync(CancellationToken.None).WaitAsync(LeaveTime, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Kill();
            cancellationToken.ThrowIfCancellationRequested();
            string text = said + (seen.Count > 0 ? "\n" + Encoding.UTF8.GetString([.. seen]) : "");
            throw await SshFailure.OfAsync(client.Address, client.MayAsk, limit.IsCancellationRequested ? text + "\nConnection timed out" : text).ConfigureAwait(false);
        }
        if (kind == "relay")
            relay = new Relay(process.StandardInput.BaseStream, output);
        else
            Log.Info("{Host} has no perl, which our relay needs there: commands have {Way}, and streams are forwarded by ssh itself.", Host, shared is null ? "connections of their own" : "sessions of their own over one connection");
        _ = WatchAsync(output);
        Log.Debug("{Host} is connected ({Kind}, {Sharing}).", client.Address, kind, shared is null ? "not shared" : "shared");
    }

    private static async Task<string?> ReadMarkAsync(Stream output, string mark, List<byte> seen)
    {
        byte[] wanted = Encoding.ASCII.GetBytes(mark);
        var one = new byte[1];
        for (int at = -1; seen.Count < MostNoise;)
        {
            if (await output.ReadAsync(one).ConfigureAwait(false) == 0)
                return null;
            seen.Add(one[0]);
            if (at >= 0 && one[0] == (byte)'\n')
                return Encoding.ASCII.GetString([.. seen[at..]]).Trim();
            if (at < 0 && System.Runtime.InteropServices.CollectionsMarshal.AsSpan(seen).EndsWith(wanted))
                at = seen.Count;
        }
        return null;
    }

    private async Task WatchAsync(Stream output)
    {
        try
        {
            if (relay is not null)
                await relay.ReceiveAsync().ConfigureAwait(false);
            else
                await output.CopyToAsync(Stream.Null).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or ObjectDisposedException)
        {
            said.Add(e.Message);
        }
        // ssh tells why on its error output, and then ends.
        await process.WaitForExitAsync(CancellationToken.None).WaitAsync(LeaveTime, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Kill();
        HostFailedException exception = SshFailure.Lost(client.Address, disposed ? "It was closed on this side." : said.ToString());
        if (!disposed)
            Log.Warn("{Message}", exception.Message);
        lost.TrySetResult(exception);
        relay?.Fail(exception);
    }

    /// <summary>Starts a command in a connection of its own. Nobody is asked for anything, and who is turned away once does not knock again.</summary>
    private async Task<RemoteProcess> StartAloneAsync(HostCommand command, CancellationToken cancellationToken)
    {
        if (aloneRefused is not null)
            throw aloneRefused;
        try
        {
            return await SessionProcess.StartAsync(client.Alone(RemoteScript.Bootstrap), client.Address, command, EndGroupAsync, cancellationToken).ConfigureAwait(false);
        }
        catch (HostFailedException e) when (e.Message.Contains("Permission denied", StringComparison.Ordinal))
        {
            throw aloneRefused = Refused($"{Host} has no perl, and the connection is not shared (Multiplexing), so that each command needs a connection of its own, for which nobody can be asked each time. {e.Message} " +
                "Install perl there, switch Multiplexing on, or use a key or an agent.");
        }
    }

    /// <summary>Ends the process group of a process over there.</summary>
    private async Task EndGroupAsync(int processId)
    {
        string script = $"g=$(ps -o pgid= -p {processId} 2>/dev/null | tr -d ' '); [ -n \"$g\" ] || g={processId}; kill -s TERM -- -$g 2>/dev/null || kill -s TERM {processId}; sleep 2; kill -s KILL -- -$g 2>/dev/null";
        var command = new HostCommand("/bin/sh", "-c", script);
        RemoteProcess ender = await StartAsync(command, inSession: false, CancellationToken.None).ConfigureAwait(false);
        // Not disposed before its end: that would end it.
        _ = ender.Exit.ContinueWith(_ => ender.DisposeAsync().AsTask(), TaskScheduler.Default);
    }

    private HostFailedException Refused(string message) => new(HostFailureReason.Refused, client.Address, message);

    private static Process Start(SshClient client, ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw SshFailure.NoProgram(client.Address, client.Options.Program, e);
        }
    }

    private void Kill()
    {
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }
    }
}
