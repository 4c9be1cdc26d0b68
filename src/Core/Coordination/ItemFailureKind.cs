namespace PathosHpc;

/// <summary>In which way an item failed.</summary>
internal enum ItemFailureKind : byte
{
    /// <summary>The function threw.</summary>
    Threw = 1,
    /// <summary>Its result cannot be sent to the client.</summary>
    CannotShip = 2,
    /// <summary>It took longer than its timeout.</summary>
    TimedOut = 3,
    /// <summary>The rank died each time it computed the item.</summary>
    KilledItsRank = 4,
}
