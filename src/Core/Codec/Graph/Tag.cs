namespace PathosHpc;

/// <summary>The byte in front of every reference. Deferred objects have only their head here; their body follows the graph,
/// so that a long chain of objects needs no deep stack.</summary>
internal static class Tag
{
    public const byte Null = 0;
    public const byte Known = 1;
    public const byte Declared = 2;
    public const byte Other = 3;
    public const byte DeclaredDeferred = Declared + Deferred;
    public const byte OtherDeferred = Other + Deferred;
    public const byte Deferred = 2;

    /// <summary>Added to the first of a graph when it has many objects and none of them is referred to twice: they need not be numbered then.</summary>
    public const byte Tree = 8;
}
