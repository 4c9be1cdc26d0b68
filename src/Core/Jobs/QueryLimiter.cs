namespace PathosHpc;

/// <summary>Lets at most so many questions through within any window of time.</summary>
internal sealed class QueryLimiter(int most, TimeSpan window)
{
    private readonly Queue<TimeSpan> taken = new();

    /// <summary>Takes a place if there is one at this time of a monotonic clock.</summary>
    internal bool TryTake(TimeSpan now)
    {
        while (taken.Count > 0 && now - taken.Peek() >= window) taken.Dequeue();
        if (taken.Count >= most) return false;
        taken.Enqueue(now);
        return true;
    }

    /// <summary>When the next place is free.</summary>
    internal TimeSpan NextFree(TimeSpan now) => taken.Count < most ? now : taken.Peek() + window;
}
