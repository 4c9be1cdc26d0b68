namespace PathosHpc;

/// <summary>What a launcher is asked to start: so many ranks of one program.</summary>
public sealed record LaunchRequest
{
    /// <summary>The number of ranks, at least 1.</summary>
    public required int Ranks { get; init; }

    /// <summary>Ranks on each node; null leaves it to the launcher.</summary>
    public int? RanksPerNode { get; init; }

    /// <summary>Cores that each rank is bound to; null binds none, and each rank sees all cores that the job was given.</summary>
    public int? CoresPerRank { get; init; }

    /// <summary>The program that each rank runs, and its arguments.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>Variables that each rank finds in its environment, on every node.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Arguments of the user's for the launcher itself, put before the program.</summary>
    public IReadOnlyList<string> ExtraArguments { get; init; } = [];

    /// <summary>The nodes of the job inside which the ranks start; null starts them on this machine, or where the launcher finds out by itself.</summary>
    public LaunchAllocation? Allocation { get; init; }

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Ranks, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(RanksPerNode ?? 1, 1, nameof(RanksPerNode));
        ArgumentOutOfRangeException.ThrowIfLessThan(CoresPerRank ?? 1, 1, nameof(CoresPerRank));
        if (Command.Count == 0)
            throw new ArgumentException("There is no program for the ranks to run: give at least its name in Command.");
    }
}
