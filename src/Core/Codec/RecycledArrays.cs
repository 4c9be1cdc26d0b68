using System.Numerics;

namespace PathosHpc;

/// <summary>Byte arrays that frames came or went in, for the next frames. The first touch of a page of fresh memory costs several times what a copy
/// into memory costs that was used before.</summary>
/// <remarks>Whoever returns an array vouches that nobody else has it; what is never returned is collected like any other array.</remarks>
internal static class RecycledArrays
{
    /// <summary>Shorter arrays come out of the collector's own recently used memory; longer ones get huge pages.</summary>
    public const int Shortest = 1 << 16;

    private const int Longest = 4 << 20;

    /// <summary>A scattered map of 10^7 ints has 40 MB of items at the root at a time, and results beside them.</summary>
    private const long MostKept = 64 << 20;

    private static readonly Lock gate = new();
    private static readonly Dictionary<int, Stack<byte[]>> kept = [];
    private static long keptBytes;

    /// <summary>An array of at least that length, whose elements are whatever the memory holds.</summary>
    public static byte[] Rent(int length)
    {
        if (length is < Shortest or > Longest)
            return LargeArrays.Allocate<byte>(length);
        int size = SizeFor(length);
        lock (gate)
        {
            if (kept.TryGetValue(size, out Stack<byte[]>? stack) && stack.TryPop(out byte[]? array))
            {
                keptBytes -= size;
                return array;
            }
        }
        return LargeArrays.Allocate<byte>(size);
    }

    /// <summary>Keeps an array for <see cref="Rent"/>, unless it has another length than those or there are enough.</summary>
    public static void Return(byte[] array)
    {
        int size = array.Length;
        if (size is < Shortest or > Longest || SizeFor(size) != size)
            return;
        lock (gate)
        {
            if (keptBytes + size > MostKept)
                return;
            if (!kept.TryGetValue(size, out Stack<byte[]>? stack))
                kept.Add(size, stack = new Stack<byte[]>());
            stack.Push(array);
            keptBytes += size;
        }
    }

    /// <summary>The next of four lengths between each power of two and the one above it.</summary>
    private static int SizeFor(int length)
    {
        int step = 1 << (BitOperations.Log2((uint)(length - 1)) - 2);
        return (length + step - 1) & -step;
    }
}
