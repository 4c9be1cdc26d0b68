namespace PathosHpc;

/// <summary>Opens a stream from this process to itself, for nothing. The first stream of a process takes some hundred milliseconds, for libraries that are loaded and
/// code that is compiled; where a job's ranks come up, there is time for that before one is needed.</summary>
internal static class LinkRehearsal
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Does so, and fails silently: whatever is wrong is said where it matters.</summary>
    /// <param name="key">The key of the job.</param>
    public static async Task RunAsync(LinkKey key)
    {
        try
        {
            using var limit = new CancellationTokenSource(Limit);
            var accepted = new TaskCompletionSource<Stream>(TaskCreationOptions.RunContinuationsAsynchronously);
            using var listener = new LinkListener(key, LinkRole.Worker, (stream, _) => accepted.TrySetResult(stream));
            int port = listener.Start("127.0.0.1", null);
            if (await LinkDialer.DialAsync(LocalHost.Instance, key, LinkRole.Client, new LinkAddresses("", ["127.0.0.1"], port), limit.Token).ConfigureAwait(false) is not { } open)
                return;
            await open.Stream.DisposeAsync().ConfigureAwait(false);
            await (await accepted.Task.WaitAsync(limit.Token).ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The real one is opened in the same way.
        }
    }
}
