namespace PathosHpc;

/// <summary>Something in a graph cannot travel; where it is becomes known when the graph is walked again with a <see cref="MemberPath"/>.</summary>
internal sealed class RefusalException(Type? type, string reason, string remedy) : Exception(reason)
{
    public Type? Type { get; } = type;

    /// <summary>What to do instead, as an imperative without a full stop.</summary>
    public string Remedy { get; } = remedy;

    /// <summary>The exception for the user.</summary>
    public CannotShipException At(string path)
    {
        string what = Type is null ? "this" : TypeText.Of(Type);
        return new CannotShipException($"{path}: {what} cannot be shipped ({Message}); {Remedy}.", path, Type);
    }
}
