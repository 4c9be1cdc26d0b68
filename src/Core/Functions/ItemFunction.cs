namespace PathosHpc;

/// <summary>A function of whatever types, as a worker receives it.</summary>
internal abstract class ItemFunction
{
    /// <summary>The user's delegate.</summary>
    public abstract Delegate Target { get; }

    /// <summary>What computes its items for others: its results are to be encoded.</summary>
    public abstract MapComputer NewComputer(int number, MapHeader header);
}
