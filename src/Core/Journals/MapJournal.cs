using NLog;

namespace PathosHpc;

/// <summary>The journal of one map that runs: what earlier runs left in it, and the segment that this one adds.</summary>
internal sealed class MapJournal : IDisposable
{
    private static readonly Logger Log = LogManager.GetLogger("PathosHpc.Journal");
    private readonly JournalLock held;

    private MapJournal(string folder, JournalLock held, JournalIndex index, JournalHeader header)
    {
        (Folder, this.held, Index) = (folder, held, index);
        Seed = header.Seed;
        Writer = new JournalWriter(folder, header);
    }

    /// <summary>Where it is.</summary>
    public string Folder { get; }

    /// <summary>What earlier runs left. Used by the one thread that reads the input.</summary>
    public JournalIndex Index { get; }

    /// <summary>The segment of this run. Used by one thread at a time.</summary>
    public JournalWriter Writer { get; }

    /// <summary>The key of the random streams: that of the first run.</summary>
    public ulong Seed { get; }

    /// <summary>Opens the journal of a map, and refuses that of another.</summary>
    /// <exception cref="JournalException">It is another map's, another program writes it, or it cannot be read.</exception>
    /// <exception cref="CannotShipException">The function captured what has no bytes.</exception>
    public static MapJournal Open<TItem, TResult>(MapRequest<TItem, TResult> request)
    {
        string folder = Path.GetFullPath(request.Options.Journal!);
        JournalPart[] parts =
        [
            .. FunctionParts.Of(request.Function.Target),
            new JournalPart("the type of the items", TypeText.Of(typeof(TItem)), false),
            new JournalPart("the type of the results", TypeText.Of(typeof(TResult)), false),
        ];
        var held = JournalLock.Take(folder);
        JournalIndex? index = null;
        try
        {
            index = JournalIndex.Read(folder, repair: true);
            var header = new JournalHeader
            {
                Parts = [.. Distinct(parts)],
                Seed = index.Header?.Seed ?? request.Seed,
                Shape = ValueShape.Of(typeof(TResult)),
                ResultType = TypeText.Of(typeof(TResult)),
            };
            if (index.Header is { } earlier)
                Compare(folder, header, earlier, request.Options);
            if (index.Count > 0)
                Log.Info("The journal in {Folder} has the results of {Count} items; they are not computed again.", folder, index.Count);
            return new MapJournal(folder, held, index, header);
        }
        catch
        {
            index?.Dispose();
            held.Dispose();
            throw;
        }
    }

    /// <exception cref="JournalException">The last results could not be written.</exception>
    public void Dispose()
    {
        try
        {
            Writer.Dispose();
        }
        finally
        {
            Index.Dispose();
            held.Dispose();
        }
    }

    private static void Compare(string folder, JournalHeader header, JournalHeader earlier, MapOptions options)
    {
        string[] differences = [.. header.DifferencesTo(earlier, options.Seed, options.AcceptChangedFunction)];
        if (differences.Length == 0)
            return;
        bool isFunction = header.DifferencesTo(earlier, options.Seed, acceptFunction: true).Count() < differences.Length;
        throw new JournalException(folder, $"The journal in {folder} holds results of another map, so none of them was used. {string.Join(" ", differences)} " +
            $"Choose another folder for this map{(isFunction ? ", or set MapOptions.AcceptChangedFunction if the results are good all the same" : "")}.");
    }

    /// <summary>Variables of several scopes may have the same name.</summary>
    private static IEnumerable<JournalPart> Distinct(IEnumerable<JournalPart> parts) =>
        parts.GroupBy(part => part.Name, StringComparer.Ordinal).SelectMany(same => same.Select((part, i) => i == 0 ? part : part with { Name = $"{part.Name} ({i + 1})" }));
}
