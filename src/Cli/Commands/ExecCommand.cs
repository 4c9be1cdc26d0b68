namespace PathosHpc;

/// <summary>pathos exec</summary>
internal static class ExecCommand
{
    internal static async Task<int> RunAsync(PathosTool tool, ExecOptions options, CancellationToken cancellationToken)
    {
        string[] command = [.. options.Command];
        if (command.Length == 0) throw new UsageException("Give the command after --, as in: pathos exec HOST -- hostname");
        await using var host = HostFinder.Find(options.Host, options);
        await using var process = await host.StartAsync(new HostCommand(command), cancellationToken).ConfigureAwait(false);
        // Not awaited: a terminal gives no end of its own when the command ends.
        _ = SendAsync(process, cancellationToken);
        var (output, error) = tool.Streams();
        await using (output.ConfigureAwait(false))
        await using (error.ConfigureAwait(false))
        {
            await Task.WhenAll(process.StandardOutput.CopyToAsync(output, cancellationToken), process.StandardError.CopyToAsync(error, cancellationToken)).ConfigureAwait(false);
            return await process.Exit.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task SendAsync(SshProcess process, CancellationToken cancellationToken)
    {
        try
        {
            var input = Console.OpenStandardInput();
            await using (input.ConfigureAwait(false)) await input.CopyToAsync(process.StandardInput, cancellationToken).ConfigureAwait(false);
            await process.StandardInput.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or HostFailedException)
        {
            // The command has ended, or does not read any more.
        }
    }
}
