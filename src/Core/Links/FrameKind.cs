namespace PathosHpc;

/// <summary>What a frame carries. The numbers are the protocol's; none is ever used again for something else.</summary>
internal enum FrameKind : byte
{
    /// <summary>Who is speaking: versions, process, ranks behind the link. The first frame both ways.</summary>
    Hello = 1,
    /// <summary>How many items and bytes of a map the receiver may have outstanding here.</summary>
    Credit = 3,
    /// <summary>A map begins: its options and its function.</summary>
    Function = 4,
    /// <summary>The function was loaded on every rank behind the link.</summary>
    FunctionReady = 5,
    /// <summary>Items to compute.</summary>
    Items = 6,
    /// <summary>Results, with the rank that made them and the time it took.</summary>
    Results = 7,
    /// <summary>An item failed.</summary>
    Failure = 8,
    /// <summary>Items that were not begun, given back to be dealt elsewhere.</summary>
    Returned = 9,
    /// <summary>A line that the function wrote to the console.</summary>
    Output = 10,
    /// <summary>A log event of a rank.</summary>
    Log = 11,
    /// <summary>The map has ended or was canceled: forget it.</summary>
    Cancel = 12,
    /// <summary>The speaker lives.</summary>
    Beat = 13,
    /// <summary>The speaker ends the link, and why.</summary>
    Bye = 14,
    /// <summary>How many frames of a session have come, so that they need not be kept any more.</summary>
    Ack = 15,
    /// <summary>The next part of the large arrays of a function that was sent.</summary>
    FunctionPart = 16,
}
