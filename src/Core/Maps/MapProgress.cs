namespace PathosHpc;

/// <summary>How far a map is.</summary>
/// <param name="Completed">Items whose result has reached the caller's process.</param>
/// <param name="Failed">Items that failed.</param>
/// <param name="Total">Items in all, or null while the input has not been read to its end.</param>
/// <param name="Elapsed">Time since the map began.</param>
public readonly record struct MapProgress(long Completed, long Failed, long? Total, TimeSpan Elapsed)
{
    /// <summary>Estimated time to the end at the pace so far, or null when it cannot be told.</summary>
    public TimeSpan? Remaining =>
        Total is { } total && Completed + Failed > 0 ? Elapsed * ((double)(total - Completed - Failed) / (Completed + Failed)) : null;
}
