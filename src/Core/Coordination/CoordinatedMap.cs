namespace PathosHpc;

/// <summary>One map as its coordinator sees it.</summary>
internal sealed class CoordinatedMap
{
    private readonly LinkedList<Block> givenBack = [];
    private long givenBackItems;

    /// <summary>Number of the map: from <see cref="Coordinator.NextNumber"/>, or from the coordinator ahead.</summary>
    public required int Number { get; init; }

    public required ItemSource Source { get; init; }

    public required ResultSink Sink { get; init; }

    public required ChunkPolicy Chunks { get; init; }

    /// <summary>Options and function as they travel; null between threads of one process.</summary>
    public TravellingFunction? Function { get; init; }

    /// <summary>The function as an object of this process, for links that need no encoding.</summary>
    public object? LocalFunction { get; init; }

    /// <summary>Where lines go that its items print; null where that is the pool's business.</summary>
    public RankOutput? Output { get; init; }

    internal Coordinator? Coordinator { get; set; }

    internal bool IsClosed { get; set; }

    /// <summary>Whether its function goes to every link as it comes, since there are items for all.</summary>
    internal bool GoesAhead { get; set; }

    /// <summary>Items taken from the source.</summary>
    internal long Taken { get; private set; }

    /// <summary>Items to be computed alone on a link, since they may have killed their rank.</summary>
    internal Queue<Block> Suspects { get; } = new();

    /// <summary>How often an item was alone on a rank that died.</summary>
    internal Dictionary<long, int> Charges => field ??= [];

    /// <summary>Items that are there to be dealt, or will come: exact once the input's length is known.</summary>
    internal long Remaining => Source.Remaining(Taken) + givenBackItems;

    /// <summary>The sink has room again, or the source has items again.</summary>
    public void Resume()
    {
        Source.Wake();
        Coordinator?.Resume(this);
    }

    /// <summary>Ends the map: nothing more is dealt, and what links still answer is dropped.</summary>
    public void Close() => Coordinator?.Close(this);

    /// <summary>The next items to deal, those given back first.</summary>
    internal Block? Next(long maxItems, long maxBytes)
    {
        if (givenBack.First is { } node)
        {
            Block block = node.Value;
            int count = (int)Math.Min(maxItems, block.CountWithin(maxBytes));
            givenBack.RemoveFirst();
            givenBackItems -= count;
            if (count == block.Count)
                return block;
            givenBack.AddFirst(block.Slice(block.First + count, block.Count - count));
            return block.Slice(block.First, count);
        }
        long room = Math.Min(maxItems, Sink.LookAhead(Taken + Source.Skipped));
        Block? taken = room < 1 ? null : Source.TryTake((int)Math.Min(room, int.MaxValue), maxBytes);
        Taken += taken?.Count ?? 0;
        return taken;
    }

    internal void GiveBack(Block block)
    {
        givenBack.AddFirst(block);
        givenBackItems += block.Count;
    }
}
