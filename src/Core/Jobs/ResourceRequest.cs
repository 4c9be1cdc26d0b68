namespace PathosHpc;

/// <summary>What is asked of a scheduler or launcher: nodes x ranks per node, or ranks alone; cores, memory and GPUs; and for how long.
/// Nothing given means one rank. <c>ResourceRequest.Parse("4:ppn=2:cpp=8")</c> is four nodes of two ranks of eight cores.</summary>
public sealed partial record ResourceRequest
{
    /// <summary>Number of nodes.</summary>
    public int? Nodes { get; init; }

    /// <summary>Ranks on each node; 1 where only <see cref="Nodes"/> is given.</summary>
    public int? RanksPerNode { get; init; }

    /// <summary>Number of ranks, on as many nodes as the scheduler likes. Give this, or <see cref="Nodes"/> and <see cref="RanksPerNode"/>.</summary>
    public int? Ranks { get; init; }

    /// <summary>CPU cores of each rank.</summary>
    /// <value>The default is 1.</value>
    public int CoresPerRank { get; init; } = 1;

    /// <summary>Memory of each node. Give this or <see cref="MemoryPerRank"/>.</summary>
    public MemorySize? MemoryPerNode { get; init; }

    /// <summary>Memory of each rank. Give this or <see cref="MemoryPerNode"/>.</summary>
    public MemorySize? MemoryPerRank { get; init; }

    /// <summary>GPUs of each node.</summary>
    public int? GpusPerNode { get; init; }

    /// <summary>Limit on the job's elapsed time; null leaves it to the queue.</summary>
    public TimeSpan? Walltime { get; init; }

    /// <summary>A property that the nodes must have, in the site's own words: Slurm's constraint, Torque's node property.</summary>
    public string? NodeType { get; init; }

    /// <summary>What follows the first comma of a node string: further <c>name=value</c> requests, separated by commas, in the scheduler's words.</summary>
    public string? Extra { get; init; }

    /// <summary>Ranks of the whole job, computed from the two that were given.</summary>
    public int TotalRanks => Ranks ?? checked((Nodes ?? 1) * (RanksPerNode ?? 1));

    /// <summary>Whether the request fixes the number of nodes.</summary>
    internal bool HasNodes => Ranks is null;

    /// <summary>Cores that the ranks of one node use; only with <see cref="HasNodes"/>.</summary>
    internal int CoresPerNode => checked((RanksPerNode ?? 1) * CoresPerRank);

    /// <summary>Everything that contradicts itself, one sentence each; empty when the request is sound.</summary>
    internal IReadOnlyList<string> Check()
    {
        var errors = new List<string>();
        if (Ranks is not null && (Nodes is not null || RanksPerNode is not null))
            errors.Add($"Ranks = {Ranks} is given beside Nodes = {Nodes} and RanksPerNode = {RanksPerNode}; give Ranks alone, or Nodes and RanksPerNode.");
        if (MemoryPerNode is not null && MemoryPerRank is not null)
            errors.Add($"MemoryPerNode = {MemoryPerNode} and MemoryPerRank = {MemoryPerRank} are both given; give one of them.");
        Positive(Nodes, nameof(Nodes));
        Positive(RanksPerNode, nameof(RanksPerNode));
        Positive(Ranks, nameof(Ranks));
        Positive(CoresPerRank, nameof(CoresPerRank));
        Positive(MemoryPerNode?.Bytes, nameof(MemoryPerNode));
        Positive(MemoryPerRank?.Bytes, nameof(MemoryPerRank));
        if (GpusPerNode < 0) errors.Add($"GpusPerNode = {GpusPerNode}; it must not be negative.");
        if (Walltime is { } limit && limit < TimeSpan.FromSeconds(1)) errors.Add($"Walltime = {limit}; it must be at least a second.");
        if (NodeType is { } type && !IsWord(type)) errors.Add($"NodeType = '{type}'; it must be one word of letters, digits, '_', '-', '.', '&' or '|'.");
        if (Extra is { } extra && (extra.Length == 0 || extra.Any(c => char.IsWhiteSpace(c) || char.IsControl(c))))
            errors.Add($"Extra = '{extra}'; it must be name=value pairs separated by commas, without blanks.");
        return errors;

        void Positive(long? value, string name)
        {
            if (value <= 0) errors.Add($"{name} = {value}; it must be at least 1.");
        }
    }

    private static bool IsWord(string text) => text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || "_-.&|".Contains(c, StringComparison.Ordinal));
}
