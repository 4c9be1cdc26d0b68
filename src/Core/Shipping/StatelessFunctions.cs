using System.Runtime.CompilerServices;

namespace PathosHpc;

/// <summary>Functions that captured nothing: they are all that their bytes say, so that what was written or read once need not be again.</summary>
internal static class StatelessFunctions
{
    private const int LongestKept = 1024, MostKept = 16;
    private static readonly ConditionalWeakTable<Delegate, Written> Sent = [];
    private static readonly List<Read> Received = [];

    /// <summary>What <paramref name="function"/> was written as; null if it has not been, or is not one of these.</summary>
    public static ShippedFunction? Find(object function) =>
        function is ItemFunction { Target: var target } && Sent.TryGetValue(target, out Written? written) && written.As == function.GetType() ? written.Function : null;

    /// <summary>Keeps what <paramref name="function"/> was written as, if it is one of these, as long as its delegate lives.</summary>
    public static void Keep(object function, ShippedFunction shipped)
    {
        if (IsStateless(function, shipped.Payload))
            Sent.AddOrUpdate(((ItemFunction)function).Target, new Written(function.GetType(), shipped));
    }

    /// <summary>What was read from the same bytes lately; null if nothing was, or it is not one of these.</summary>
    public static object? Find(Payload payload)
    {
        if (payload.Segments is not [var bytes] || bytes.Length > LongestKept)
            return null;
        lock (Received)
        {
            foreach (Read read in Received)
            {
                if (bytes.Span.SequenceEqual(read.Bytes))
                    return read.Function;
            }
        }
        return null;
    }

    /// <summary>Keeps what was read from <paramref name="payload"/>, if it is one of these, until others have taken its place.</summary>
    public static void Keep(Payload payload, object function)
    {
        if (!IsStateless(function, payload))
            return;
        lock (Received)
        {
            if (Received.Count == MostKept)
                Received.RemoveAt(0);
            Received.Add(new Read(payload.ToArray(), function));
        }
    }

    private static bool IsStateless(object function, Payload payload) => payload.Length <= LongestKept && function is ItemFunction { Target: { HasSingleTarget: true } call }
        && (call.Target is not { } target || (Closures.IsClosure(target.GetType()) && Closures.SlotsOf(target.GetType()).Length == 0));

    private sealed record Written(Type As, ShippedFunction Function);

    private sealed record Read(byte[] Bytes, object Function);
}
