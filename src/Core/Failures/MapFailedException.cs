namespace PathosHpc;

/// <summary>Items of a map failed while <see cref="OnItemFailure.Continue"/> let the others be computed.</summary>
public sealed class MapFailedException : PathosException
{
    private readonly Array? results;

    internal MapFailedException(IReadOnlyList<ItemFailedException> failures, long items, Array? results)
        : base($"{failures.Count} of {items} items failed; the first was item {failures[0].Index}: {failures[0].Message} " +
               "The others were computed: see Failures, and Results<TResult>() after MapAsync.", failures[0])
        => (Failures, this.results) = (failures, results);

    /// <summary>Every failure, by index.</summary>
    public IReadOnlyList<ItemFailedException> Failures { get; }

    /// <summary>The results of <c>MapAsync</c>, with the default value in the place of each failed item.</summary>
    /// <exception cref="InvalidOperationException">The map was a stream, whose results were already handed over, or has another result type.</exception>
    public TResult[] Results<TResult>() => results as TResult[]
        ?? throw new InvalidOperationException(results is null
            ? "This map was a stream; its results were handed over as they were computed."
            : $"The results of this map are {results.GetType()}, not {typeof(TResult[])}.");
}
