namespace PathosHpc;

/// <summary>How long an allocation may be without a map.</summary>
/// <param name="Limit">So long.</param>
internal sealed record IdleLimit(TimeSpan Limit)
{
    private readonly Silence quiet = new((long)Limit.TotalMilliseconds);
    private long lastMap = Environment.TickCount64;

    /// <summary>Whether it was, if there are so many maps now. Asked again and again by one thread.</summary>
    public bool IsOver(int maps)
    {
        if (maps > 0)
            lastMap = Environment.TickCount64;
        return quiet.IsTooLong(lastMap);
    }
}
