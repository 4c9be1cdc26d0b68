using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;
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
    private readonly string? folder;
    private readonly FolderGuard? guard;
    private readonly TailBuffer said = new();
    private readonly TaskCompletionSource<HostFailedException> lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Relay? relay;
    private volatile bool disposed;

    private SshConnection(SshClient client, Process process, string? folder, FolderGuard? guard)
    {
        (this.client, this.process, this.folder, this.guard) = (client, process, folder, guard);
        process.ErrorDataReceived += (_, e) =>
        {
            if (e.Data is not null)
                said.Add(e.Data);
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
    public string? NoStreams => relay is null ? $"{client.Address} has no perl, which streams need there." : null;

    private string? ControlPath => folder is null ? null : Path.Combine(folder, "s");

    /// <summary>Connects; up when it returns.</summary>
    /// <exception cref="HostFailedException">It cannot be reached, or does not let us in.</exception>
    public static async Task<SshConnection> ConnectAsync(SshClient client, CancellationToken cancellationToken)
    {
        (string? folder, FolderGuard? guard) = client.Options.Multiplexing ? NewFolder() : (null, null);
        SshConnection? connection = null;
        try
        {
            connection = new SshConnection(client, Start(client, client.Connect(folder is null ? null : Path.Combine(folder, "s"), RemoteScript.Bootstrap)), folder, guard);
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
                RemoveFolder(folder, guard);
            throw;
        }
    }

    /// <summary>Starts a command.</summary>
    /// <param name="inSession">Whether to do so in a session of its own although there is a relay. That costs a login shell with its start files.</param>
    public async Task<RemoteProcess> StartAsync(HostCommand command, bool inSession, CancellationToken cancellationToken)
    {
        if (relay is not null && !inSession)
            return await relay.StartAsync(command, cancellationToken).ConfigureAwait(false);
        try
        {
            return await SessionProcess.StartAsync(client.Session(ControlPath!, RemoteScript.Bootstrap), client.Address, command, EndGroupAsync, cancellationToken).ConfigureAwait(false);
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
            throw Refused($"{NoStreams} Install it there.");
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
        if (ControlPath is null)
            throw Refused($"A tunnel of this kind needs a shared connection to {client.Address}, which Multiplexing = false forbids, or perl there.");
        var start = client.Control(ControlPath, word, flag, forwarding);
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
        RemoveFolder(folder, guard);
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
        else if (folder is null)
            throw Refused($"{client.Address} has no perl, and its connection is not shared (Multiplexing): nothing can be run there. Install perl there, or switch Multiplexing on.");
        _ = WatchAsync(output);
        Log.Debug("{Host} is connected ({Kind}, {Sharing}).", client.Address, kind, folder is null ? "not shared" : "shared");
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

    /// <summary>A folder that only the user can enter, for the control socket: short, since a socket's path must be.</summary>
    private static (string Folder, FolderGuard Guard) NewFolder()
    {
        string parent = Path.GetTempPath();
        if (parent.Length > 50 && Directory.Exists("/tmp"))
            parent = "/tmp";
        string folder = Path.Combine(parent, "pathos-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6)));
        FolderGuard guard = FolderGuard.Start(folder);
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return (folder, guard);
    }

    private static void RemoveFolder(string? folder, FolderGuard? guard)
    {
        if (folder is not null && Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        guard?.Dispose();
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
