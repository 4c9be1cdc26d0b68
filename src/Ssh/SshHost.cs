using System.Diagnostics;
using System.Text;

namespace PathosHpc;

/// <summary>A host behind ssh, reached by the user's own OpenSSH client: what works with <c>ssh HOST</c> (agent, keys, jump hosts, second factor,
/// Kerberos, known hosts) works here, and nothing is weakened.</summary>
/// <remarks>One connection carries everything. It is made when it is first needed, noticed within seconds when it is lost, and made anew
/// with the next call; a password or code is asked for on the terminal, once per connection. Commands, files and streams go through a relay over there,
/// a program of perl that runs only as long as the connection; where there is no perl, commands have sessions of their own, and ssh itself forwards
/// streams.
/// A command whose connection is lost fails with <see cref="HostFailedException"/> and is not repeated.</remarks>
/// <example><code>
/// await using var host = new SshHost("me@login.cluster");
/// CommandResult result = await host.RunAsync(new HostCommand("sinfo", "--summarize"));
/// </code></example>
public sealed partial class SshHost : ClusterHost
{
    /// <summary>Output of a command that ended may be held open by what it left behind: it is awaited no longer than this.</summary>
    private static readonly TimeSpan PipeGrace = TimeSpan.FromSeconds(2);

    /// <summary>Who was turned away is not to knock again and again by itself, since sites lock accounts for that: after the first time, and twice as long after each
    /// that follows.</summary>
    private static readonly TimeSpan RefusalTime = TimeSpan.FromMinutes(1), LongestRefusalTime = TimeSpan.FromHours(1);

    private readonly SshClient client;
    private readonly SemaphoreSlim connecting = new(1, 1);
    private SshConnection? connection;
    private Refusal? refusal;
    private string? home;
    private volatile bool disposed;

    /// <summary>A host by its address.</summary>
    /// <param name="address">Host, user@host, or a name of <c>ssh_config</c>.</param>
    /// <param name="options">How it is reached, beside what <c>ssh_config</c> says.</param>
    /// <exception cref="ArgumentException">Address or options are unusable; the message names all that is.</exception>
    public SshHost(string address, SshHostOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        options ??= new SshHostOptions();
        string[] errors = [.. options.Errors(address)];
        if (errors.Length > 0)
            throw new ArgumentException(string.Join(" ", errors), nameof(options));
        client = new SshClient(address, options);
        Options = options;
    }

    /// <summary>The host of a site profile (<c>~/.config/pathos-hpc/sites/NAME.json</c>): its <c>address</c> and its settings of <c>ssh</c>.</summary>
    /// <exception cref="InvalidSiteProfileException">There is none of that name, or it has no usable address; all errors are told.</exception>
    public static SshHost FromSite(string name) => SshSite.Load(name);

    /// <summary>How it is reached.</summary>
    public SshHostOptions Options { get; }

    /// <inheritdoc/>
    public override string Name => client.Address;

    /// <inheritdoc/>
    protected internal override string Identity => $"ssh {client.Address} {Options.Port} {string.Join(',', Options.Through)} {Options.ConfigurationFile}";

    internal override bool SharesFiles => false;

    internal override string? NoStreams => connection is { IsUp: true } up ? up.NoStreams : null;

    internal override string? DotnetThere => Options.Dotnet;

    /// <summary>Connects, if that has not been done or the connection was lost. Every other method does it by itself; but once the host has not let us in, they fail
    /// without another attempt for a minute, and for twice as long each time that one is made in vain; only this tries at once.</summary>
    /// <exception cref="HostFailedException">It cannot be reached, or does not let us in.</exception>
    public async Task ConnectAsync(CancellationToken cancellationToken = default)
    {
        if (refusal is { } last)
            refusal = last with { Until = 0 };
        await ConnectionAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask<string> GetHomeFolderAsync(CancellationToken cancellationToken = default) =>
        home ??= (await RepeatablyAsync("printf %s \"$HOME\"", [], cancellationToken).ConfigureAwait(false)).Text;

    /// <inheritdoc/>
    public override async Task<CommandResult> RunAsync(HostCommand command, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(command);
        var watch = Stopwatch.StartNew();
        using var error = new MemoryStream();
        using var output = new MemoryStream();
        (int code, bool timedOut) = await RunAsync(command, output, error, cancellationToken).ConfigureAwait(false);
        lock (output)
        {
            lock (error)
                return new CommandResult(timedOut ? -1 : code, Text(output), Text(error), watch.Elapsed) { TimedOut = timedOut };
        }
    }

    /// <summary>Starts a command and gives its streams. <see cref="HostCommand.StandardInput"/> and <see cref="HostCommand.Timeout"/> are not heeded.</summary>
    /// <exception cref="HostFailedException">The host cannot be reached.</exception>
    public Task<SshProcess> StartAsync(HostCommand command, CancellationToken cancellationToken = default) => StartAsync(command, inSession: false, cancellationToken);

    internal async Task<SshProcess> StartAsync(HostCommand command, bool inSession, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(command);
        return new SshProcess(await (await ConnectionAsync(cancellationToken).ConfigureAwait(false)).StartAsync(command, inSession, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    /// <exception cref="HostFailedException">The host cannot be reached, or cannot reach the port. Where there is no perl over there, the latter is told by the first read.</exception>
    public override async Task<Stream> OpenStreamAsync(string machine, int port, CancellationToken cancellationToken = default) =>
        await (await ConnectionAsync(cancellationToken).ConfigureAwait(false)).DialAsync(machine, port, cancellationToken).ConfigureAwait(false);

    /// <summary>Opens a byte stream to a Unix socket of the host.</summary>
    /// <exception cref="HostFailedException">The host cannot be reached, or nobody listens at the socket.</exception>
    public async Task<Stream> OpenStreamAsync(string socketPath, CancellationToken cancellationToken = default) =>
        await (await ConnectionAsync(cancellationToken).ConfigureAwait(false)).DialAsync(socketPath, null, cancellationToken).ConfigureAwait(false);

    /// <summary>Closes the connection, and ends what still runs over it.</summary>
    public override async ValueTask DisposeAsync()
    {
        disposed = true;
        await connecting.WaitAsync().ConfigureAwait(false);
        try
        {
            if (connection is not null)
                await connection.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            connecting.Release();
        }
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The connection that is up, or a new one.</summary>
    internal async Task<SshConnection> ConnectionAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (connection is { IsUp: true } up)
            return up;
        await connecting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (connection is { IsUp: true } meanwhile)
                return meanwhile;
            if (connection is not null)
                await connection.DisposeAsync().ConfigureAwait(false);
            if (refusal is { } last && Environment.TickCount64 < last.Until)
                throw last.Exception;
            connection = await SshConnection.ConnectAsync(client, cancellationToken).ConfigureAwait(false);
            refusal = null;
            return connection;
        }
        catch (HostFailedException e) when (e.NeedsUser && e != refusal?.Exception)
        {
            TimeSpan pause = refusal is not { } before ? RefusalTime : before.Pause * 2 < LongestRefusalTime ? before.Pause * 2 : LongestRefusalTime;
            refusal = new Refusal(e, pause, Environment.TickCount64 + (long)pause.TotalMilliseconds);
            throw;
        }
        finally
        {
            connecting.Release();
        }
    }

    /// <summary>Runs a command to its end or its timeout.</summary>
    /// <returns>Its exit code, and whether it was ended for its timeout.</returns>
    internal async Task<(int Code, bool TimedOut)> RunAsync(HostCommand command, Stream output, Stream error, CancellationToken cancellationToken)
    {
        SshConnection over = await ConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using RemoteProcess process = await over.StartAsync(command, inSession: false, cancellationToken).ConfigureAwait(false);
        Task reading = Task.WhenAll(CollectAsync(process.Output, output), CollectAsync(process.Error, error), WriteAsync(process.Input, command.StandardInput));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(command.Timeout);
        try
        {
            int code = await process.Exit.WaitAsync(limit.Token).ConfigureAwait(false);
            await Task.WhenAny(reading, Task.Delay(PipeGrace, CancellationToken.None)).ConfigureAwait(false);
            return (code, false);
        }
        catch (OperationCanceledException)
        {
            await process.EndAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            // What it wrote until then is part of the result.
            await Task.WhenAny(reading, Task.Delay(TimeSpan.FromMilliseconds(200), CancellationToken.None)).ConfigureAwait(false);
            return (-1, true);
        }
    }

    private static async Task CollectAsync(Stream from, Stream to)
    {
        var buffer = new byte[1 << 16];
        try
        {
            for (int count; (count = await from.ReadAsync(buffer).ConfigureAwait(false)) > 0;)
            {
                lock (to)
                    to.Write(buffer, 0, count);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException or HostFailedException)
        {
            // The command was ended, or the connection lost; its exit tells which.
        }
    }

    private static async Task WriteAsync(Stream to, ReadOnlyMemory<byte>? input)
    {
        try
        {
            if (input is { } bytes)
                await to.WriteAsync(bytes).ConfigureAwait(false);
            await to.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or HostFailedException)
        {
            // The program ended without reading its input; its exit code says whether that was a failure.
        }
    }

    private static string Text(MemoryStream bytes) => Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);

    /// <summary>The host did not let us in, and is not tried for a while.</summary>
    private sealed record Refusal(HostFailedException Exception, TimeSpan Pause, long Until);
}
