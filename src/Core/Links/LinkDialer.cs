using System.Net.Sockets;
using NLog;

namespace PathosHpc;

/// <summary>Dials all addresses of the other side at once: which of them lead there, nobody knows beforehand.</summary>
internal static class LinkDialer
{
    private static readonly Logger Log = LogManager.GetLogger("PathosHpc.Links");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Of connections that are made, each next one proves itself so much later, unless one before it has failed to: mostly the first leads there, and to prove the others too takes both sides' time,
    /// of which a crowded machine has little.</summary>
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(500);

    /// <summary>The first stream whose other side has proved itself; null when there is none.</summary>
    /// <param name="host">Where the connections are made from.</param>
    /// <param name="key">What both sides know.</param>
    /// <param name="role">Which side this is.</param>
    /// <param name="to">The other side.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<DialledStream?> DialAsync(ClusterHost host, LinkKey key, LinkRole role, LinkAddresses to, CancellationToken cancellationToken)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stop.CancelAfter(Patience);
        var turns = new SemaphoreSlim(1);
        int connected = -1;
        List<Task<DialledStream?>> open = [.. to.ToDial().Select(address => OpenAsync(host, key, role, address, to.Port, turns, () => Turn * Interlocked.Increment(ref connected), stop.Token))];
        DialledStream? first = null;
        while (open.Count > 0 && first is null)
        {
            Task<DialledStream?> done = await Task.WhenAny(open).ConfigureAwait(false);
            open.Remove(done);
            first = await done.ConfigureAwait(false);
        }
        _ = DropAsync(open, stop);
        return first;
    }

    /// <summary>Nobody waits for the others: a name may take long to be found out to be nobody's, whatever is canceled.</summary>
    private static async Task DropAsync(List<Task<DialledStream?>> open, CancellationTokenSource stop)
    {
        await stop.CancelAsync().ConfigureAwait(false);
        foreach (Task<DialledStream?> late in open)
        {
            if (await late.ConfigureAwait(false) is { } other)
                await other.Stream.DisposeAsync().ConfigureAwait(false);
        }
        stop.Dispose();
    }

    private static async Task<DialledStream?> OpenAsync(ClusterHost host, LinkKey key, LinkRole role, string address, int port, SemaphoreSlim turns, Func<TimeSpan> longestWait, CancellationToken cancellationToken)
    {
        Stream? raw = null;
        try
        {
            raw = await host.OpenStreamAsync(address, port, cancellationToken).ConfigureAwait(false);
            await turns.WaitAsync(longestWait(), cancellationToken).ConfigureAwait(false);
            return new DialledStream(await key.SecureAsync(raw, role, dialled: true, cancellationToken).ConfigureAwait(false), $"{address}:{port}");
        }
        catch (Exception e) when (e is IOException or SocketException or LinkException or HostFailedException or OperationCanceledException)
        {
            Log.Debug("{Address}:{Port} does not lead to the other side: {Reason}", address, port, e.Message);
            if (raw is not null)
            {
                turns.Release();
                await raw.DisposeAsync().ConfigureAwait(false);
            }
            return null;
        }
    }
}
