using System.Diagnostics.CodeAnalysis;

namespace PathosHpc;

/// <summary>Names the code of maps over the types that most items and results have. A ReadyToRun image holds generic code for those types alone
/// that its compiler meets; for all others the runtime compiles it as the first map begins, on every rank.</summary>
internal static class UsualTypes
{
    /// <summary>Never called, only compiled.</summary>
    [SuppressMessage("Performance", "CA1806", Justification = "What matters is the code, not the objects.")]
    internal static void Name()
    {
        Pair<int, int>();
        Pair<int, long>();
        Pair<int, double>();
        Pair<int, object>();
        Pair<long, long>();
        Pair<long, double>();
        Pair<double, double>();
        Pair<double, object>();
        Pair<object, object>();
        Pair<object, int>();
        Pair<object, long>();
        Pair<object, double>();
    }

    private static void Pair<TItem, TResult>()
    {
        var function = new SyncFunction<TItem, TResult>(null!);
        _ = new MapComputer<TItem, TResult>(0, null!, function, true);
        var request = MapRequest<TItem, TResult>.Check(function, [], null, default);
        var engine = new PoolEngine(null!, null!, true, 0);
        engine.Start(request, new ArrayRun<TResult>(null!, null!, null));
        engine.Start(request, new OrderedRun<TResult>(null!, null!));
        engine.Start(request, new UnorderedRun<TResult>(null!, null!));
        PoolEngine.Ship(request);
    }
}
