using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PathosHpc;

/// <summary>Arrays of many megabytes. Their fresh memory comes page by page, and the fault of each page costs as much as copying it;
/// where the system offers huge pages for the asking, they are asked for.</summary>
/// <remarks>A virtual machine whose host takes free memory back asks only where the fault of a small page is dear. Such a host takes blocks as large as huge
/// pages, a few seconds after they came free, and giving one again costs it milliseconds; small pages mostly come out of blocks that it has not taken.</remarks>
internal static unsafe partial class LargeArrays
{
    private const nuint HugePage = 2 << 20;
    private const int AdviseHugePages = 14; // MADV_HUGEPAGE
    private const int ReadAndWrite = 3, PrivateAndAnonymous = 0x22; // PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS

    /// <summary>Number of the bit by which a balloon device says that it reports free pages to the host (virtio 1.2, 5.5.3).</summary>
    private const int ReportsFreePages = 5;

    /// <summary>From here on 4 MiB in small pages cost more than two huge ones that the host has to give again, 3 to 6 ms each where this was measured.</summary>
    private static readonly TimeSpan dearFault = TimeSpan.FromMicroseconds(6);

    internal static readonly bool HugePagesHelp = OperatingSystem.IsLinux() && (!HostTakesFreeMemory() || SmallPageFault() >= dearFault);

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
        if (length < 2 * HugePage || !HugePagesHelp)
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

    /// <summary>What the first touch of a small page costs here, at best: some microsecond, but ten and more where the hypervisor keeps page tables of its own.</summary>
    internal static TimeSpan SmallPageFault()
    {
        const int Samples = 4, PagesEach = 16;
        nuint page = (nuint)Environment.SystemPageSize, length = Samples * PagesEach * page;
        nint start = mmap(0, length, ReadAndWrite, PrivateAndAnonymous, -1, 0);
        if (start == -1)
            return TimeSpan.Zero;
        long least = long.MaxValue;
        var next = (byte*)start;
        for (int sample = 0; sample < Samples; sample++)
        {
            long begin = Stopwatch.GetTimestamp();
            for (int i = 0; i < PagesEach; i++, next += page)
                *next = 1;
            least = Math.Min(least, Stopwatch.GetTimestamp() - begin);
        }
        _ = munmap(start, length);
        return Stopwatch.GetElapsedTime(0, least) / PagesEach;
    }

    [LibraryImport("libc")]
    private static partial nint mmap(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc")]
    private static partial int munmap(nint address, nuint length);

    [LibraryImport("libc")]
    private static partial int madvise(nuint address, nuint length, int advice);
}
