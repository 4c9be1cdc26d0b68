namespace PathosHpc;

/// <summary>Where a coordinator gets the items of a map from. Called under the coordinator's lock, so it must not wait.</summary>
internal abstract class ItemSource
{
    /// <summary>Items in all, once known; otherwise null.</summary>
    public abstract long? Total { get; }

    /// <summary>Items that have been read and not taken yet; what is known to come while <see cref="Total"/> is not.</summary>
    public abstract long Available { get; }

    /// <summary>Items that were read and are not dealt, since their results are known.</summary>
    public virtual long Skipped => 0;

    /// <summary>Items that are there, or will come, beyond the number taken: exact once the input's length is known.</summary>
    public virtual long Remaining(long taken) => Total is { } total ? total - taken : Available;

    /// <summary>Looks again whether more may be read.</summary>
    public virtual void Wake() { }

    /// <summary>The next items: at most <paramref name="maxItems"/>, and about <paramref name="maxBytes"/>, but at least one.
    /// Null when none is there now, or none will come.</summary>
    public abstract Block? TryTake(int maxItems, long maxBytes);
}
