using System.Runtime.CompilerServices;

namespace PathosHpc;

/// <summary>How types are written by their fields. The bytes are the same.</summary>
internal enum CodecPath
{
    /// <summary>By reflection at first, by emitted code once a type has been met often; by reflection only where no code may be emitted.</summary>
    Automatic,
    /// <summary>By emitted code from the first object on.</summary>
    Emitted,
    /// <summary>By reflection only.</summary>
    Reflected,
}

/// <summary>Chooses between the two paths.</summary>
internal static class CodecPaths
{
    /// <summary>Objects of a type that are worth the milliseconds that emitting takes.</summary>
    public const int WorthEmitting = 48;

    [ThreadStatic]
    private static CodecPath chosen;

    /// <summary>The path of the graphs that this thread writes and reads; for tests.</summary>
    public static CodecPath OfThread
    {
        get => chosen;
        set => chosen = value;
    }

    public static CodecPath Current => RuntimeFeature.IsDynamicCodeSupported ? chosen : CodecPath.Reflected;
}
