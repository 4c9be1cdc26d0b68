namespace PathosHpc;

/// <summary>A map as its caller asked for it, checked.</summary>
internal sealed class MapRequest<TItem, TResult>
{
    private MapRequest(ItemFunction<TItem, TResult> function, IEnumerable<TItem> items, MapOptions options, ulong seed, CancellationToken cancellationToken) =>
        (Function, Items, Options, Seed, CancellationToken) = (function, items, options, seed, cancellationToken);

    public ItemFunction<TItem, TResult> Function { get; }

    public IEnumerable<TItem> Items { get; }

    public MapOptions Options { get; }

    public CancellationToken CancellationToken { get; init; }

    /// <summary>The key of the random streams.</summary>
    public ulong Seed { get; }

    /// <summary>The journal of the map; null without one.</summary>
    public MapJournal? Journal { get; private init; }

    /// <summary>The function as it travels; set by pools that send it.</summary>
    public ShippedFunction? Shipped { get; set; }

    /// <exception cref="ArgumentException">The message names every option that is unusable.</exception>
    public static MapRequest<TItem, TResult> Check(ItemFunction<TItem, TResult> function, IEnumerable<TItem> items, MapOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(function.Target, "f");
        ArgumentNullException.ThrowIfNull(items);
        options ??= new MapOptions();
        string[] errors = [.. options.Errors(), .. AwaitableResult()];
        if (errors.Length > 0)
            throw new ArgumentException(string.Join(" ", errors), nameof(options));
        return new MapRequest<TItem, TResult>(function, items, options, options.Seed ?? unchecked((ulong)Random.Shared.NextInt64(long.MinValue, long.MaxValue)), cancellationToken);
    }

    /// <summary>The same request for one enumeration of its results.</summary>
    public MapRequest<TItem, TResult> With(CancellationToken cancellationToken) =>
        new(Function, Items, Options, Seed, cancellationToken) { Shipped = Shipped };

    /// <summary>The same request with its journal, whose seed it takes.</summary>
    public MapRequest<TItem, TResult> With(MapJournal journal) =>
        new(Function, Items, Options, journal.Seed, CancellationToken) { Shipped = Shipped, Journal = journal };

    /// <summary>The same request for items that were read.</summary>
    public MapRequest<TItem, TResult> With(List<TItem> items) =>
        new(Function, items, Options, Seed, CancellationToken) { Shipped = Shipped, Journal = Journal };

    /// <summary>What keeps items from being computed again; null without a journal.</summary>
    public InputGate<TItem>? GateTo(MapRun<TResult> run) =>
        Journal is null ? null : new JournalGate<TItem, TResult>(Journal, run, run.Journal!.Digests);

    private static IEnumerable<string> AwaitableResult()
    {
        Type type = typeof(TResult);
        Type open = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        if (typeof(Task).IsAssignableFrom(type) || open == typeof(ValueTask<>) || open == typeof(ValueTask))
        {
            yield return $"The function returns {(type.IsGenericType ? $"{open.Name[..^2]}<{type.GetGenericArguments()[0].Name}>" : type.Name)}, which would be sent before it has completed. " +
                "Make it an asynchronous function with a result: async x => { ...; return value; }, whose type is Task<TResult>.";
        }
    }
}
