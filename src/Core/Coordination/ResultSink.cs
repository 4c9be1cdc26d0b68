namespace PathosHpc;

/// <summary>Where a coordinator puts what it gets from links. Called outside its lock, at times by several threads at once.</summary>
internal abstract class ResultSink
{
    /// <summary>Items that may be read now beyond those already read; less than 1 stops reading until <see cref="CoordinatedMap.Resume"/>.</summary>
    public virtual long LookAhead(long taken) => long.MaxValue;

    /// <summary>Results of consecutive items, each delivered once.</summary>
    public abstract void Deliver(Block results, RankWork work);

    /// <summary>Several such runs at once.</summary>
    public virtual void Deliver(ReadOnlySpan<ComputedBlock> results)
    {
        foreach (ComputedBlock computed in results)
            Deliver(computed.Block, computed.Work);
    }

    /// <summary>An item that failed for good.</summary>
    public abstract void Fail(ItemFailure failure);

    /// <summary>The whole map cannot go on.</summary>
    public abstract void Abort(Exception exception);
}
