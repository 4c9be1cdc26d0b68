namespace PathosHpc;

/// <summary>Goes on after a lost connection, with what is there by then.</summary>
internal static class Retry
{
    /// <summary>Losses and attempts to connect again after which a copy is given up: with the pauses between them, more than half a minute of a network that is down.</summary>
    private const int MostFailures = 10;

    private static readonly TimeSpan longestPause = TimeSpan.FromSeconds(8);

    public static async Task<T> AfterLossAsync<T>(Func<Task<T>> attempt, CancellationToken cancellationToken)
    {
        for (int failures = 0; ;)
        {
            try
            {
                return await attempt().ConfigureAwait(false);
            }
            catch (HostFailedException e) when (MayPass(e.Reason, failures > 0) && ++failures <= MostFailures)
            {
                if (e.Reason != HostFailureReason.Lost)
                    await Task.Delay(TimeSpan.FromSeconds(Math.Min(longestPause.TotalSeconds, Math.Pow(2, failures - 2))), cancellationToken).ConfigureAwait(false);
            }
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>A host that cannot be reached at the first attempt is told at once; one that was just there may be there again soon.</summary>
    private static bool MayPass(HostFailureReason reason, bool wasThere) =>
        reason == HostFailureReason.Lost || (wasThere && reason is (HostFailureReason.Unreachable or HostFailureReason.Unknown));
}
