namespace PathosHpc;

/// <summary>The journal of a map cannot be used: it belongs to another function, input or seed, another program writes it, or it cannot be
/// read or written. What it holds is kept.</summary>
public sealed class JournalException : PathosException
{
    internal JournalException(string folder, string message, Exception? inner = null) : base(message, inner) => Folder = folder;

    /// <summary>The journal's folder.</summary>
    public string Folder { get; }
}
