namespace PathosHpc;

/// <summary>What one link has of one map.</summary>
internal sealed class LinkShare
{
    public Outstanding Outstanding { get; } = new();

    /// <summary>Items of the last chunk that was dealt.</summary>
    public int LastChunk { get; set; }

    /// <summary>Items that may be outstanding on a link that has several ranks behind it.</summary>
    public long WindowItems { get; set; }

    /// <summary>Bytes that may be outstanding on it.</summary>
    public long WindowBytes { get; set; }
}
