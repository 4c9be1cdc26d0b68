using System.Runtime.InteropServices;

namespace PathosHpc;

/// <summary>The program of a server, wherever it is started.</summary>
internal static class ServerMain
{
    /// <summary>The name of a server that has been given none: its machine's.</summary>
    public static string DefaultName => Environment.MachineName;

    /// <summary>Workers of a server that was not told how many: one for each core.</summary>
    public static int DefaultWorkers => PoolSize.Checked(null, nameof(DefaultWorkers));

    /// <summary>Serves until a signal, or the end of its input: whoever started it over a connection is gone then.</summary>
    /// <param name="server">Its name or token file; empty for the default.</param>
    /// <param name="workers">Workers; 0 for the default.</param>
    public static int Run(string server, int workers)
    {
        using var stop = new CancellationTokenSource();
        using PosixSignalRegistration terminated = EndOn(PosixSignal.SIGTERM, stop), hungUp = EndOn(PosixSignal.SIGHUP, stop), interrupted = EndOn(PosixSignal.SIGINT, stop);
        _ = EndWithInputAsync(stop);
        try
        {
            WorkerServer.RunAsync(server.Length == 0 ? DefaultName : server, workers == 0 ? DefaultWorkers : workers, Console.WriteLine, stop.Token).GetAwaiter().GetResult();
            return 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(e.Message);
            return 70;
        }
    }

    /// <summary>Lets a signal end something in order.</summary>
    public static PosixSignalRegistration EndOn(PosixSignal signal, CancellationTokenSource stop) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        _ = stop.CancelAsync();
    });

    private static async Task EndWithInputAsync(CancellationTokenSource stop)
    {
        await Console.OpenStandardInput().CopyToAsync(Stream.Null, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!stop.IsCancellationRequested)
            await stop.CancelAsync().ConfigureAwait(false);
    }
}
