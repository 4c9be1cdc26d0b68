namespace PathosHpc;

/// <summary>What watching a lane found.</summary>
/// <param name="IsLost">Whether its thread heeds no token and is to be given up.</param>
/// <param name="Map">The map it was computing.</param>
/// <param name="Failure">The failure of the item, unless its map has ended anyway.</param>
internal readonly record struct LaneVerdict(bool IsLost, int Map, ItemFailure? Failure);
