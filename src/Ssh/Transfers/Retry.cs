namespace PathosHpc;

/// <summary>Goes on after a lost connection, with what is there by then.</summary>
internal static class Retry
{
    /// <summary>Losses after which a copy is given up: a line that breaks that often will not bring it over.</summary>
    private const int MostLosses = 5;

    public static async Task<T> AfterLossAsync<T>(Func<Task<T>> attempt, CancellationToken cancellationToken)
    {
        for (int losses = 0; ;)
        {
            try
            {
                return await attempt().ConfigureAwait(false);
            }
            catch (HostFailedException e) when (e.Reason == HostFailureReason.Lost && ++losses <= MostLosses)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }
}
