namespace PathosHpc;

/// <summary>An item that a rank was computing.</summary>
/// <param name="Rank">The rank.</param>
/// <param name="Map">Number of the map on the rank's link.</param>
/// <param name="Index">The item.</param>
internal readonly record struct RunningItem(int Rank, int Map, long Index);
