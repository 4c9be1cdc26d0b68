using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PathosHpc;

/// <summary>Arrays of many megabytes. Their fresh memory comes page by page, and the fault of each page costs as much as copying it;
/// where the system offers huge pages for the asking, they are asked for.</summary>
/// <remarks>Not in a virtual machine whose host takes free memory back: it takes blocks as large as huge pages, a few seconds after they came free, and giving
/// one again costs it milliseconds. Small pages mostly come out of blocks that it has not taken.</remarks>
internal static unsafe partial class LargeArrays
{
    private const nuint HugePage = 2 << 20;
    private const int AdviseHugePages = 14;

    /// <summary>Number of the bit by which a balloon device says that it reports free pages to the host (virtio 1.2, 5.5.3).</summary>
    private const int ReportsFreePages = 5;

    private static readonly bool helps = OperatingSystem.IsLinux() && !HostTakesFreeMemory();

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
        if (length < 2 * HugePage || !helps)
            return;
        // Only advice on a range of addresses: if the array were moved meanwhile, it would be about its neighbour's.
        fixed (byte* start = &Unsafe.As<T, byte>(ref MemoryMarshal.GetArrayDataReference(array)))
        {
            nuint from = ((nuint)start + HugePage - 1) & ~(HugePage - 1), to = ((nuint)start + length) & ~(HugePage - 1);
            if (to > from)
                _ = madvise(from, to - from, AdviseHugePages);
        }
    }

    private static bool HostTakesFreeMemory()
    {
        try
        {
            return Directory.EnumerateDirectories("/sys/bus/virtio/drivers/virtio_balloon", "virtio*")
                .Any(device => File.ReadAllText(Path.Combine(device, "features")) is { Length: > ReportsFreePages } features && features[ReportsFreePages] == '1');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    [LibraryImport("libc")]
    private static partial int madvise(nuint address, nuint length, int advice);
}
