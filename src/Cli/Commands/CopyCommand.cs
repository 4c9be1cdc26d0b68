using System.Globalization;

namespace PathosHpc;

/// <summary>pathos cp</summary>
internal static class CopyCommand
{
    internal static async Task<int> RunAsync(PathosTool tool, CopyOptions options, CancellationToken cancellationToken)
    {
        var (from, to) = (HostFinder.Split(options.From), HostFinder.Split(options.To));
        if (from.Host is null == to.Host is null)
            throw new UsageException("Exactly one of the two must be on a host, as HOST:PATH: pathos cp results.csv me@login:results.csv");
        await using var host = HostFinder.Find((from.Host ?? to.Host)!, options);
        var progress = new Lines(tool.Error);
        if (to.Host is not null) await host.PutAsync(from.Path, to.Path, progress, cancellationToken).ConfigureAwait(false);
        else await host.GetAsync(from.Path, to.Path, progress, cancellationToken).ConfigureAwait(false);
        return ExitCodes.Ok;
    }

    /// <summary>Tells of long copies, every few seconds.</summary>
    private sealed class Lines(TextWriter error) : IProgress<TransferProgress>
    {
        private const long EveryMilliseconds = 2000;
        private long last = Environment.TickCount64;

        public void Report(TransferProgress value)
        {
            if (Environment.TickCount64 - last < EveryMilliseconds) return;
            last = Environment.TickCount64;
            error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{value.Bytes / 1e6:0} of {value.TotalBytes / 1e6:0} MB, {value.Files} of {value.TotalFiles} files"));
        }
    }
}
