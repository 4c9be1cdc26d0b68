using System.IO.MemoryMappedFiles;

namespace PathosHpc;

/// <summary>The item that a rank is computing, kept in a mapped file: the kernel keeps it when the process is killed.</summary>
/// <remarks>64 bytes a rank: map (int32), reserved (int32), index (int64; -1 none, -2 several).</remarks>
internal sealed unsafe class RunningMark : IDisposable
{
    public const int SlotSize = 64;

    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly byte* slot;

    public RunningMark(string path, int rank)
    {
        file = MemoryMappedFile.CreateFromFile(path, FileMode.Open);
        view = file.CreateViewAccessor(0, 0);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        slot = start + view.PointerOffset + ((long)rank * SlotSize);
        None();
    }

    /// <summary>Makes the file for <paramref name="ranks"/> ranks, none of them computing.</summary>
    /// <remarks>A new file, whatever is there, which only the user may open: others may write to the folder.</remarks>
    public static void Create(string path, int ranks)
    {
        var bytes = new byte[ranks * SlotSize];
        for (int rank = 0; rank < ranks; rank++)
            BitConverter.TryWriteBytes(bytes.AsSpan((rank * SlotSize) + 8), -1L);
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new FileStream(path, options);
        file.Write(bytes);
    }

    /// <summary>What the ranks were computing, by the file at <paramref name="path"/>; null when it cannot be told for one of them.</summary>
    public static IReadOnlyList<RunningItem>? Read(string path, IEnumerable<int> ranks) => TryRead(path) is { } bytes ? Parse(bytes, ranks) : null;

    /// <summary>The bytes of the file at <paramref name="path"/>; null when it cannot be read.</summary>
    public static byte[]? TryRead(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>What the ranks were computing, by the bytes of a file; null when it cannot be told for one of them.</summary>
    public static IReadOnlyList<RunningItem>? Parse(byte[] bytes, IEnumerable<int> ranks)
    {
        try
        {
            var running = new List<RunningItem>();
            foreach (int rank in ranks)
            {
                ReadOnlySpan<byte> slot = bytes.AsSpan(rank * SlotSize, SlotSize);
                long index = BitConverter.ToInt64(slot[8..]);
                if (index == -2)
                    return null;
                if (index >= 0)
                    running.Add(new RunningItem(rank, BitConverter.ToInt32(slot), index));
            }
            return running;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    public void Map(int map) => *(int*)slot = map;

    public void Index(long index) => Volatile.Write(ref *(long*)(slot + 8), index);

    public void Several() => Index(-2);

    public void None() => Index(-1);

    public void Dispose()
    {
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        file.Dispose();
    }
}
