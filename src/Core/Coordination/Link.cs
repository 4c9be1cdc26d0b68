namespace PathosHpc;

/// <summary>A way to one or more ranks that compute items. The coordinator calls it under its lock: sending queues and never waits.</summary>
internal abstract class Link
{
    /// <summary>Number of the first rank behind this link.</summary>
    public required int FirstRank { get; init; }

    /// <summary>Ranks behind this link.</summary>
    public required int Width { get; init; }

    /// <summary>Whether a single rank sits behind it, so that the coordinator deals it chunks;
    /// otherwise another coordinator does, and this one keeps its window filled.</summary>
    public bool IsRank { get; init; } = true;

    /// <summary>For how long short chunks that it has at a time may keep its rank: so long that computing half of them takes as long as answers and new chunks are
    /// under way. What waits behind one that turns out to be long is given back. 0 where each chunk costs as much as the first.</summary>
    public virtual double BatchSeconds => 0;

    /// <summary>What this link has of each map.</summary>
    internal Dictionary<int, LinkShare> Shares { get; } = [];

    internal LinkShare? ShareOf(int map) => Shares.TryGetValue(map, out LinkShare? share) ? share : null;

    /// <summary>Whether it computes one suspect item, and gets nothing else until that is answered.</summary>
    internal bool IsAlone { get; set; }

    /// <summary>Whether it gave items back since its rank is inside a long one; it gets none until something is answered.</summary>
    internal bool IsStuck { get; set; }

    internal bool IsRemoved { get; set; }

    internal bool IsQueued { get; set; }

    /// <summary>Items not answered yet, of all maps.</summary>
    internal long OutstandingItems => Shares.Count == 0 ? 0 : Shares.Values.Sum(s => s.Outstanding.Items);

    /// <summary>A map begins on this link; its function goes over.</summary>
    public abstract void Begin(CoordinatedMap map);

    /// <summary>The next part of the large arrays of a map's function, when it has any.</summary>
    public virtual void SendPart(CoordinatedMap map, Payload part) { }

    /// <summary>Items of a map that was begun. <paramref name="mayReturn"/>: what takes too long may be given back.</summary>
    public abstract void Send(CoordinatedMap map, Block chunk, bool mayReturn);

    /// <summary>A map that was begun has ended, or was canceled.</summary>
    public abstract void End(CoordinatedMap map);

    /// <summary>Everything sent so far may go out.</summary>
    public virtual void Flush() { }
}
