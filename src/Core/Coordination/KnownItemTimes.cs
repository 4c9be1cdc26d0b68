using System.Reflection;
using System.Runtime.CompilerServices;

namespace PathosHpc;

/// <summary>What items of a function took in its last map, so that the next one need not find out from chunks of one item.</summary>
internal sealed class KnownItemTimes
{
    private readonly ConditionalWeakTable<MethodInfo, ChunkPolicy> last = [];

    /// <summary>Seconds of an item of a function; 0 while that is unknown.</summary>
    public double Of(Delegate function) => last.TryGetValue(function.Method, out ChunkPolicy? chunks) ? chunks.SecondsPerItem ?? chunks.ExpectedSeconds : 0;

    /// <summary>A map of a function begins.</summary>
    /// <param name="function">The function.</param>
    /// <param name="chunks">What learns from the results of the map.</param>
    public void Begin(Delegate function, ChunkPolicy chunks) => last.AddOrUpdate(function.Method, chunks);
}
