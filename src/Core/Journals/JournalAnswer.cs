namespace PathosHpc;

/// <summary>What a map has to tell its journal: results, an item's failure, or how many items there are.</summary>
internal readonly record struct JournalAnswer(Block? Results, RankWork Work, ItemFailure? Failure, long Total)
{
    /// <summary>What it takes in memory, about.</summary>
    public long Bytes => 64 + (Results is null ? 0 : Results.Bytes + (16L * Results.Count));
}
