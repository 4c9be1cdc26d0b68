using System.Runtime.CompilerServices;

namespace PathosHpc;

/// <summary>What is known of a message before or after it is received.</summary>
/// <param name="Source">The rank that sent it.</param>
/// <param name="Tag">The tag that it was sent with.</param>
/// <param name="Length">Its length in bytes.</param>
public readonly record struct MessageStatus(int Source, int Tag, long Length)
{
    /// <summary>Its length in elements of <typeparamref name="T"/>.</summary>
    public long Count<T>() where T : unmanaged => Length / Unsafe.SizeOf<T>();
}
