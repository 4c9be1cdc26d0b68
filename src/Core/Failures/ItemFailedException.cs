namespace PathosHpc;

/// <summary>The function failed on one item, or the item could not be computed. The cause is the inner exception:
/// the original one where its type can travel, else a <see cref="RemoteException"/> with its name and text.</summary>
public sealed class ItemFailedException : PathosException
{
    internal ItemFailedException(long index, int rank, string node, string what, string? remoteStackTrace, Exception? inner)
        : base($"Item {index} failed on rank {rank} of node {node}: {what}", inner)
        => (Index, Rank, Node, RemoteStackTrace) = (index, rank, node, remoteStackTrace);

    /// <summary>Position of the item in the input, from 0.</summary>
    public long Index { get; }

    /// <summary>Number of the rank (worker) that computed it.</summary>
    public int Rank { get; }

    /// <summary>Name of the node that computed it.</summary>
    public string Node { get; }

    /// <summary>The exception with its stack trace as text, as it was on the rank; null when the rank died with the item.</summary>
    public string? RemoteStackTrace { get; }

    /// <inheritdoc/>
    public override string ToString() =>
        RemoteStackTrace is null ? base.ToString() : $"{base.ToString()}{Environment.NewLine}--- on rank {Rank} of node {Node} ---{Environment.NewLine}{RemoteStackTrace}";
}
