using System.Runtime.CompilerServices;

namespace PathosHpc;

public abstract partial class Pool
{
    /// <summary>Counts what the ranks compute.</summary>
    private protected StatisticsCollector Collector { get; } = new();

    /// <summary>Whether everything happens on the caller's thread.</summary>
    private protected virtual bool IsSerial => false;

    /// <summary>Whatever can be found wrong with a map before it starts; remote pools encode its function here.</summary>
    private protected virtual void Prepare<TItem, TResult>(MapRequest<TItem, TResult> request) { }

    /// <summary>Starts a map whose results go to <paramref name="run"/>; everything public comes down to this.</summary>
    private protected abstract void Start<TItem, TResult>(MapRequest<TItem, TResult> request, MapRun<TResult> run);

    private Task<TResult[]> MapToArray<TItem, TResult>(ItemFunction<TItem, TResult> function, IEnumerable<TItem> items, MapOptions? options, CancellationToken cancellationToken)
    {
        MapRequest<TItem, TResult> request = Checked(function, items, options, cancellationToken);
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled<TResult[]>(cancellationToken);
        var run = new ArrayRun<TResult>(request.Options, Collector, items is ICollection<TItem> { Count: var count } ? count : null);
        ValueTask starting = StartAsync(request, run);
        return starting.IsCompletedSuccessfully ? run.Task : Started();

        async Task<TResult[]> Started()
        {
            await starting.ConfigureAwait(false);
            return await run.Task.ConfigureAwait(false);
        }
    }

    private IAsyncEnumerable<TResult> MapToStream<TItem, TResult>(ItemFunction<TItem, TResult> function, IEnumerable<TItem> items, MapOptions? options, CancellationToken cancellationToken)
    {
        return Stream(Checked(function, items, options, cancellationToken), CancellationToken.None);

        async IAsyncEnumerable<TResult> Stream(MapRequest<TItem, TResult> request, [EnumeratorCancellation] CancellationToken enumeration = default)
        {
            using var both = CancellationTokenSource.CreateLinkedTokenSource(request.CancellationToken, enumeration);
            var run = new OrderedRun<TResult>(request.Options, Collector);
            await StartAsync(request.With(both.Token), run).ConfigureAwait(false);
            await foreach (TypedBlock<TResult> block in run.ReadAsync().ConfigureAwait(false))
            {
                for (int i = 0; i < block.Count; i++)
                    yield return block.Values.Span[i];
            }
        }
    }

    private IAsyncEnumerable<(long Index, TResult Item)> MapToUnordered<TItem, TResult>(ItemFunction<TItem, TResult> function, IEnumerable<TItem> items, MapOptions? options, CancellationToken cancellationToken)
    {
        return Stream(Checked(function, items, options, cancellationToken), CancellationToken.None);

        async IAsyncEnumerable<(long Index, TResult Item)> Stream(MapRequest<TItem, TResult> request, [EnumeratorCancellation] CancellationToken enumeration = default)
        {
            using var both = CancellationTokenSource.CreateLinkedTokenSource(request.CancellationToken, enumeration);
            var run = new UnorderedRun<TResult>(request.Options, Collector);
            await StartAsync(request.With(both.Token), run).ConfigureAwait(false);
            await foreach (TypedBlock<TResult> block in run.ReadAsync().ConfigureAwait(false))
            {
                for (int i = 0; i < block.Count; i++)
                    yield return (block.First + i, block.Values.Span[i]);
            }
        }
    }

    private Task<TResult> RunOne<TItem, TResult>(ItemFunction<TItem, TResult> function, TItem item, MapOptions? options, CancellationToken cancellationToken)
    {
        return First(MapToArray(function, new TItem[] { item }, options, cancellationToken));

        static async Task<TResult> First(Task<TResult[]> all) => (await all.ConfigureAwait(false))[0];
    }

    private MapRequest<TItem, TResult> Checked<TItem, TResult>(ItemFunction<TItem, TResult> function, IEnumerable<TItem> items, MapOptions? options, CancellationToken cancellationToken)
    {
        var request = MapRequest<TItem, TResult>.Check(function, items, options, cancellationToken);
        Prepare(request);
        return request;
    }

    /// <summary>Computes a map whose results go into its journal and nowhere else.</summary>
    /// <param name="function">What is computed.</param>
    /// <param name="items">Of what.</param>
    /// <param name="options">They name the journal.</param>
    /// <param name="started">Given the run, once it is there.</param>
    internal async Task KeepAsync<TItem, TResult>(ItemFunction<TItem, TResult> function, IEnumerable<TItem> items, MapOptions options, Action<KeptRun<TResult>> started)
    {
        MapRequest<TItem, TResult> request = Checked(function, items, options, CancellationToken.None);
        var run = new KeptRun<TResult>(request.Options, Collector);
        started(run);
        await StartAsync(request, run).ConfigureAwait(false);
        await run.Task.ConfigureAwait(false);
    }

    /// <summary>Starts a map; one with a journal on another thread, since that is read first.</summary>
    private ValueTask StartAsync<TItem, TResult>(MapRequest<TItem, TResult> request, MapRun<TResult> run)
    {
        if (request.Options.Journal is not null && !IsSerial)
            return new ValueTask(Task.Run(() => StartJournaled(request, run), CancellationToken.None));
        if (request.Options.Journal is null)
            Start(request, run);
        else
            StartJournaled(request, run);
        return ValueTask.CompletedTask;
    }

    private void StartJournaled<TItem, TResult>(MapRequest<TItem, TResult> request, MapRun<TResult> run)
    {
        MapJournal journal = MapJournal.Open(request);
        run.Journal = new ResultJournal<TResult>(journal, run, isInline: IsSerial);
        try
        {
            Start(request.With(journal), run);
        }
        catch (Exception e)
        {
            run.End(e);
            throw;
        }
    }

    private static IEnumerable<(T1, T2)> Zip<T1, T2>(IEnumerable<T1> first, IEnumerable<T2> second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return first is T1[] a && second is T2[] b ? ZipArrays(a, b) : first.Zip(second);
    }

    private static IEnumerable<(T1, T2, T3)> Zip<T1, T2, T3>(IEnumerable<T1> first, IEnumerable<T2> second, IEnumerable<T3> third)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        ArgumentNullException.ThrowIfNull(third);
        return first.Zip(second, third);
    }

    private static (T1, T2)[] ZipArrays<T1, T2>(T1[] first, T2[] second)
    {
        var pairs = new (T1, T2)[Math.Min(first.Length, second.Length)];
        for (int i = 0; i < pairs.Length; i++)
            pairs[i] = (first[i], second[i]);
        return pairs;
    }
}
