using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PathosHpc;

/// <summary>The memory of an array of numbers as bytes, so that they are sent from where they lie.</summary>
internal sealed class ArrayBytes<T>(T[] values, int start, int count) : MemoryManager<byte>
{
    /// <summary>Whether arrays of this type can be pinned for as long as a message takes.</summary>
    public static bool IsPossible { get; } = typeof(T).IsPrimitive && typeof(T) != typeof(bool) && typeof(T) != typeof(char);

    public override Span<byte> GetSpan() => RawValues.Bytes(values.AsSpan(start, count));

    public override unsafe MemoryHandle Pin(int elementIndex = 0)
    {
        GCHandle handle = GCHandle.Alloc(values, GCHandleType.Pinned);
        return new MemoryHandle((byte*)handle.AddrOfPinnedObject() + ((long)start * Unsafe.SizeOf<T>()) + elementIndex, handle);
    }

    public override void Unpin() { }

    protected override void Dispose(bool disposing) { }
}
