using System.Globalization;
using System.Runtime.InteropServices;

namespace PathosHpc.Tests;

/// <summary>Advice on the memory of large arrays. On other systems than Linux there is none, and nothing to see.</summary>
public sealed unsafe class HugePageTests
{
    [Fact]
    public void The_fault_of_a_small_page_takes_some_time_and_is_measured_in_little()
    {
        if (!OperatingSystem.IsLinux())
            return;
        TimeSpan fault = LargeArrays.SmallPageFault();
        Assert.InRange(fault, TimeSpan.FromTicks(1), TimeSpan.FromMilliseconds(1));
    }

    [Fact]
    public void Large_arrays_have_the_flag_of_huge_pages_where_these_help()
    {
        if (!OperatingSystem.IsLinux() || !Directory.Exists("/sys/kernel/mm/transparent_hugepage"))
            return;
        Assert.Equal(LargeArrays.HugePagesHelp, IsAdvised(LargeArrays.Allocate<double>(4 << 20)));
    }

    /// <summary>Whether the kernel was told of the middle of an array (<c>hg</c> in smaps, proc(5)).</summary>
    private static bool IsAdvised<T>(T[] array) where T : unmanaged
    {
        using var pinned = new PinnedGCHandle<T[]>(array);
        ulong middle = (ulong)pinned.GetAddressOfArrayData() + ((ulong)array.Length * (ulong)sizeof(T) / 2);
        bool holds = false;
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            string[] parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (parts[0].Split('-') is [var from, var to])
                holds = ulong.Parse(from, NumberStyles.HexNumber, CultureInfo.InvariantCulture) <= middle && middle < ulong.Parse(to, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            else if (holds && parts[0] == "VmFlags:")
                return parts.Contains("hg");
        }
        throw new InvalidOperationException("smaps does not tell of the array.");
    }
}
