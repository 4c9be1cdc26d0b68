namespace PathosHpc;

/// <summary>Why a side ends a link.</summary>
internal enum FarewellReason : byte
{
    /// <summary>There is nothing more to do.</summary>
    Done = 1,
    /// <summary>An item would not end, so the process ends; no other item is at fault.</summary>
    Abandoned = 2,
    /// <summary>Something is wrong that starting again will not mend.</summary>
    Broken = 3,
    /// <summary>A rank behind the link was lost, and with it all of them.</summary>
    RankLost = 4,
    /// <summary>The client was away for longer than its grace.</summary>
    ClientLost = 5,
    /// <summary>There was no map for longer than was allowed.</summary>
    Idle = 6,
}
