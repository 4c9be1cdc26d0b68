namespace PathosHpc;

/// <summary>What watching a lane found.</summary>
/// <param name="IsLost">Whether its thread heeds no token and is to be given up.</param>
/// <param name="Map">The map it was computing.</param>
/// <param name="Failure">The failure of the item, unless its map has ended anyway.</param>
internal readonly record struct LaneVerdict(bool IsLost, int Map, ItemFailure? Failure)
{
    /// <summary>What a rank says when it is given up for this.</summary>
    public Farewell Farewell(int rank) => new(FarewellReason.Abandoned, Failure is not null
        ? $"Item {Failure.Index} ignored its timeout on rank {rank}: {Failure.Cause.Message}"
        : $"An item of a map that had ended ignored its token on rank {rank}.", rank);
}
