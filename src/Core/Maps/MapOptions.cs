namespace PathosHpc;

/// <summary>How one map is run. Every property has a default that suits most maps; make a copy with <c>with</c> to change one.</summary>
/// <example><code>
/// double[] energies = await pool.MapAsync(Relax, structures, new MapOptions { OnItemFailure = OnItemFailure.Continue, Seed = 42 });
/// </code></example>
public sealed record MapOptions
{
    /// <summary>How items are dealt to workers. Default: <see cref="MapStrategy.WorkerPool"/>.</summary>
    public MapStrategy Strategy { get; init; } = MapStrategy.WorkerPool;

    /// <summary>Consecutive items sent together; at least 1. Default: null, sized by the measured time of the items.</summary>
    public int? ChunkSize { get; init; }

    /// <summary>What happens to the other items when one fails. Default: <see cref="OnItemFailure.Stop"/>.</summary>
    public OnItemFailure OnItemFailure { get; init; } = OnItemFailure.Stop;

    /// <summary>Longest time one item may compute. Default: null, no limit.
    /// The item's <see cref="MapContext.CancellationToken"/> is canceled first; 2 s later the item has failed with a
    /// <see cref="TimeoutException"/>: pools of processes end the worker, serial and threaded pools abandon its thread.</summary>
    public TimeSpan? ItemTimeout { get; init; }

    /// <summary>Most items that may be read from the input and not yet handed to the caller; at least 1.
    /// Default: null, enough to keep every worker busy.</summary>
    public int? MaxInFlight { get; init; }

    /// <summary>Items that one worker computes at the same time; at least 1. Asynchronous functions overlap on one thread,
    /// synchronous ones get a thread each. The items of one chunk overlap. Default: 1.</summary>
    public int ConcurrencyPerRank { get; init; } = 1;

    /// <summary>Key of the random streams of <see cref="MapContext.Random"/>; equal seeds give equal streams whatever the pool.
    /// Default: null, a new seed for every map.</summary>
    public ulong? Seed { get; init; }

    /// <summary>A folder in which results are kept as they come, so that the same program started again computes only the items that are
    /// missing. One map, one folder; it is made if it is not there. Items and results must be such as can be sent to another process, whatever
    /// the pool. Failures are kept for information only: the next run computes their items again. Without a <see cref="Seed"/> the next run takes that
    /// of the first. Default: null, no journal.</summary>
    /// <remarks>A result that the caller has seen survives the death of this process, however it dies; it survives the death of the machine once it is on
    /// the disk, where it is put every 2 s and at the end of the map. Another function, input or seed is refused with a
    /// <see cref="JournalException"/> that says what has changed; an input may have grown at its end.</remarks>
    public string? Journal { get; init; }

    /// <summary>Whether results in the <see cref="Journal"/> count that another version of the function made: of another build, or with other captured
    /// values. Default: false, they are refused.</summary>
    public bool AcceptChangedFunction { get; init; }

    /// <summary>Whether what is only a warning by default (statics that the function reads, captured variables that it writes)
    /// is an error before anything starts. Default: false.</summary>
    public bool Strict { get; init; }

    /// <summary>Told how far the map is, a few times a second and at its end. Default: null.</summary>
    public IProgress<MapProgress>? Progress { get; init; }

    /// <summary>Told of each item that failed, as it fails, also with <see cref="OnItemFailure.Continue"/>. Default: null.</summary>
    public IProgress<ItemFailedException>? Failures { get; init; }

    /// <summary>Where text that the function writes to the console on another process goes. Default: null, the pool's own setting,
    /// which by default writes it to this process's standard error, each line behind its rank: <c>[rank 3] text</c>.
    /// Serial and threaded pools write to the console themselves.</summary>
    public RankOutput? Output { get; init; }

    /// <summary>Every error in these options, as sentences; empty when they are usable.</summary>
    internal IEnumerable<string> Errors()
    {
        if (Strategy is not (MapStrategy.WorkerPool or MapStrategy.ScatterGather))
            yield return $"Strategy is {(int)Strategy}, which is none of WorkerPool and ScatterGather.";
        if (OnItemFailure is not (OnItemFailure.Stop or OnItemFailure.Continue))
            yield return $"OnItemFailure is {(int)OnItemFailure}, which is none of Stop and Continue.";
        if (ChunkSize is < 1)
            yield return $"ChunkSize is {ChunkSize}; it must be at least 1, or null to be chosen automatically.";
        if (MaxInFlight is < 1)
            yield return $"MaxInFlight is {MaxInFlight}; it must be at least 1, or null to be chosen automatically.";
        if (ConcurrencyPerRank < 1)
            yield return $"ConcurrencyPerRank is {ConcurrencyPerRank}; it must be at least 1.";
        if (ChunkSize < ConcurrencyPerRank)
            yield return $"ChunkSize is {ChunkSize}, but ConcurrencyPerRank is {ConcurrencyPerRank}: the items of one chunk overlap, so a chunk needs at least as many.";
        if (ItemTimeout is { } timeout && (timeout <= TimeSpan.Zero || timeout > TimeSpan.FromDays(365)))
            yield return $"ItemTimeout is {timeout}; it must be longer than zero and at most 365 days, or null for no limit.";
        if (Journal is { } journal && string.IsNullOrWhiteSpace(journal))
            yield return "Journal is no path; it must be a folder, or null for no journal.";
        if (AcceptChangedFunction && Journal is null)
            yield return "AcceptChangedFunction is set, but there is no Journal whose results it could accept.";
        if (Strategy == MapStrategy.ScatterGather && ChunkSize is not null)
            yield return "ChunkSize cannot be set with the ScatterGather strategy, which gives each rank one run of items; leave it null or use WorkerPool.";
    }
}
