namespace PathosHpc;

/// <summary>How long another process has said nothing while this one was awake to hear it. A process that was stopped (SIGSTOP, a suspended
/// job, a laptop that slept) has missed what came meanwhile, and takes nobody for dead because of it. Asked again and again by one thread.</summary>
/// <param name="limitMilliseconds">How long a silence may be.</param>
internal sealed class Silence(long limitMilliseconds)
{
    /// <summary>Between two looks no more than this is counted, so that several must find nothing before the limit is reached.</summary>
    private readonly long longestStep = Math.Clamp(limitMilliseconds / 4, 1, 2000);
    private long heard = long.MinValue, lookedAt, silent;

    /// <summary>Whether the silence has lasted longer than the limit.</summary>
    /// <param name="lastHeard">When something last came, by <see cref="Environment.TickCount64"/>.</param>
    public bool IsTooLong(long lastHeard)
    {
        long now = Environment.TickCount64;
        if (lastHeard != heard)
            (heard, silent) = (lastHeard, 0);
        else
            silent += Math.Min(now - lookedAt, longestStep);
        lookedAt = now;
        return silent > limitMilliseconds;
    }
}
