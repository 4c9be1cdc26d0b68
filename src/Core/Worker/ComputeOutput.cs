namespace PathosHpc;

/// <summary>Where a computer puts what it has made. Called on its own thread.</summary>
internal abstract class ComputeOutput
{
    /// <summary>Results of consecutive items.</summary>
    public abstract void Results(int map, Block results, RankWork work);

    /// <summary>An item failed.</summary>
    public abstract void Failure(int map, ItemFailure failure);

    /// <summary>Items of the chunk that are given back unbegun.</summary>
    public abstract void Returned(int map, long first, int count);
}
