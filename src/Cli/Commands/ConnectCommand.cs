using System.Globalization;

namespace PathosHpc;

/// <summary>pathos connect</summary>
internal static class ConnectCommand
{
    /// <summary>Prints a port that is free over there; perl, since the shell cannot ask the kernel.</summary>
    private const string FreePort = "use Socket; socket(S, PF_INET, SOCK_STREAM, 0); bind(S, sockaddr_in(0, INADDR_LOOPBACK)); print +(sockaddr_in(getsockname S))[0]";

    internal static async Task<int> RunAsync(PathosTool tool, ConnectOptions options, CancellationToken cancellationToken)
    {
        string[] command = [.. options.Command];
        if (options.Workers is < 1) throw new UsageException($"--workers is {options.Workers}; a server has at least 1.");
        await using var host = HostFinder.Find(options.Host, options);
        if (options.Port is null && command.Length == 0) return await ServeAsync(tool, host, options, cancellationToken).ConfigureAwait(false);
        if (options.Workers is not null) throw new UsageException("--workers is for the server of workers that is started there without --port and without a command.");
        var port = options.Port ?? await FindPortAsync(host, cancellationToken).ConfigureAwait(false);
        await using var tunnel = await host.OpenTunnelAsync(new TunnelOptions { Machine = options.Machine, Port = port, ListenPort = options.Listen }, cancellationToken).ConfigureAwait(false);
        await using var server = command.Length == 0 ? null : await StartAsync(host, command, port, tool, cancellationToken).ConfigureAwait(false);
        tool.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"localhost:{tunnel.Port} leads to {options.Machine}:{port} of {host.Name}. Enter ends it."));
        var ended = server?.Exit ?? Task.Delay(Timeout.Infinite, cancellationToken);
        await Task.WhenAny(ReadEnterAsync(cancellationToken), tunnel.Stopped, ended, Task.Delay(Timeout.Infinite, cancellationToken)).ConfigureAwait(false);
        if (tunnel.Stopped.IsCompleted && !cancellationToken.IsCancellationRequested) throw new IOException($"The connection to {host.Name} was lost.");
        if (server is { Exit.IsCompletedSuccessfully: true }) return await server.Exit.ConfigureAwait(false);
        if (server is not null) await server.EndAsync(CancellationToken.None).ConfigureAwait(false);
        return ExitCodes.Ok;
    }

    /// <summary>Holds the tunnel to a server of workers.</summary>
    private static async Task<int> ServeAsync(PathosTool tool, SshHost host, ConnectOptions options, CancellationToken cancellationToken)
    {
        await using var server = await ConnectedServer.OpenAsync(host, options.Host, options.Workers, cancellationToken).ConfigureAwait(false);
        tool.Output.WriteLine($"{(server.IsOwn ? "A server was started on" : "A server runs on")} {host.Name}, with {server.Status.Free} of {server.Status.Workers} workers free. " +
            $"Pools join it as new ProcessPool(new() {{ Servers = [\"{server.Name}\"] }}). Enter ends {(server.IsOwn ? "it" : "the tunnel to it")}.");
        await Task.WhenAny(ReadEnterAsync(cancellationToken), server.Ended, Task.Delay(Timeout.Infinite, cancellationToken)).ConfigureAwait(false);
        return !server.Ended.IsCompleted || cancellationToken.IsCancellationRequested ? ExitCodes.Ok : throw new IOException($"The server on {host.Name} has ended, or the connection to it was lost.");
    }

    private static async Task<int> FindPortAsync(SshHost host, CancellationToken cancellationToken)
    {
        var result = await host.RunAsync(new HostCommand("perl", "-e", FreePort), cancellationToken).ConfigureAwait(false);
        return int.TryParse(result.StandardOutput, NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port
            : throw new IOException($"{host.Name} did not tell a free port: {result.AllOutput.Trim()}. Name one with --port.");
    }

    private static async Task<SshProcess> StartAsync(SshHost host, string[] command, int port, PathosTool tool, CancellationToken cancellationToken)
    {
        var text = port.ToString(CultureInfo.InvariantCulture);
        var process = await host.StartAsync(new HostCommand([.. command.Select(word => word.Replace("$PORT", text, StringComparison.Ordinal))]) { Variables = new Dictionary<string, string> { ["PORT"] = text } }, cancellationToken).ConfigureAwait(false);
        _ = ShowAsync(process.StandardOutput, tool.Output);
        _ = ShowAsync(process.StandardError, tool.Error);
        return process;
    }

    private static async Task ShowAsync(Stream from, TextWriter to)
    {
        try
        {
            using var reader = new StreamReader(from);
            while (await reader.ReadLineAsync().ConfigureAwait(false) is { } line) to.WriteLine(line);
        }
        catch (Exception e) when (e is IOException or HostFailedException or ObjectDisposedException or InvalidOperationException)
        {
            // The server has ended, or the connection was lost, which is told elsewhere.
        }
    }

    /// <summary>Enter ends the tunnel; the end of an input that is no terminal does not.</summary>
    private static async Task ReadEnterAsync(CancellationToken cancellationToken)
    {
        if (await Task.Run(Console.In.ReadLine, cancellationToken).ConfigureAwait(false) is null) await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(false);
    }
}
