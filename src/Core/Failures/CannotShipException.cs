namespace PathosHpc;

/// <summary>A function, an item or a result holds something that cannot be sent to another process.
/// For functions it is thrown before anything starts.</summary>
public sealed class CannotShipException : PathosException
{
    internal CannotShipException(string message, string path, Type? offendingType, Exception? inner = null) : base(message, inner)
        => (Path, OffendingType) = (path, offendingType);

    /// <summary>The way to what cannot travel, such as <c>captured variable 'log'</c> or <c>item.Source.stream</c>.</summary>
    public string Path { get; }

    /// <summary>The type that cannot travel; null when it is not the type that is at fault.</summary>
    public Type? OffendingType { get; }
}
