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
        Of<int>();
        Of<long>();
        Of<double>();
        Of<object>();
        Arrays<byte>();
        Arrays<int>();
        Arrays<long>();
        Arrays<float>();
        Arrays<double>();
    }

    /// <summary>Arrays of numbers within items and results.</summary>
    private static void Arrays<T>()
    {
        var codec = new ArrayCodec<T>();
        codec.WriteHead(null!, null!);
        codec.WriteBody(null!, null!);
        _ = codec.ReadHead(null!);
        codec.ReadBody(null!, null!);
        codec.BulkLength(null!);
        codec.Bulk(null!, 0, 0);
        codec.BulkSegments(null!);
        T value = default!;
        Slot<T>.Write(null!, ref value);
        Slot<T>.Read(null!, ref value);
    }

    private static void Of<TItem>()
    {
        Pair<TItem, int>();
        Pair<TItem, long>();
        Pair<TItem, double>();
        Pair<TItem, object>();
    }

    private static void Pair<TItem, TResult>()
    {
        Pool pool = new SerialPool();
        _ = pool.MapAsync((Func<TItem, TResult>)null!, []);
        _ = pool.RunAsync((Func<TItem, TResult>)null!, default!);
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
