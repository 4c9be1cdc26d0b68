using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PathosHpc;

/// <summary>Arrays of many megabytes. Their fresh memory comes page by page, and the fault of each page costs as much as copying it;
/// where the system offers huge pages for the asking, they are asked for.</summary>
internal static unsafe partial class LargeArrays
{
    private const nuint HugePage = 2 << 20;
    private const int AdviseHugePages = 14;

    /// <summary>A new array whose elements are whatever the memory holds.</summary>
    public static T[] Allocate<T>(int count)
    {
        T[] array = GC.AllocateUninitializedArray<T>(count);
        Advise(array);
        return array;
    }

    /// <summary>Asks for huge pages for an array that has not been touched yet; does nothing for small ones.</summary>
    public static void Advise<T>(T[] array)
    {
        nuint length = (nuint)array.Length * (nuint)Unsafe.SizeOf<T>();
        if (length < 2 * HugePage || !OperatingSystem.IsLinux())
            return;
        // Only advice on a range of addresses: if the array were moved meanwhile, it would be about its neighbour's.
        fixed (byte* start = &Unsafe.As<T, byte>(ref MemoryMarshal.GetArrayDataReference(array)))
        {
            nuint from = ((nuint)start + HugePage - 1) & ~(HugePage - 1), to = ((nuint)start + length) & ~(HugePage - 1);
            if (to > from)
                _ = madvise(from, to - from, AdviseHugePages);
        }
    }

    [LibraryImport("libc")]
    private static partial int madvise(nuint address, nuint length, int advice);
}
