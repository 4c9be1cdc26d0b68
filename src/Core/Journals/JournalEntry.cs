namespace PathosHpc;

/// <summary>Consecutive items whose results a journal holds: all of a record, or the part that no later record holds too.</summary>
internal readonly record struct JournalEntry(long First, int Count, int Segment, long RecordFirst, int RecordCount, long BodyOffset, long BodyLength, uint Checksum)
{
    public long End => First + Count;

    /// <summary>The part that holds [first, end).</summary>
    public JournalEntry Part(long first, long end) => this with { First = first, Count = (int)(end - first) };
}
