namespace PathosHpc;

/// <summary>Kinds of records of a journal. A number is never used again for something else.</summary>
internal enum JournalRecordKind : byte
{
    /// <summary>Whose journal it is: the first record of every segment.</summary>
    Header = 1,
    /// <summary>Results of consecutive items.</summary>
    Results = 2,
    /// <summary>An item that failed; the next run computes it again.</summary>
    Failure = 3,
    /// <summary>How many items there are.</summary>
    Total = 4,
    /// <summary>Every item has its result or its failure.</summary>
    Ended = 5,
}
