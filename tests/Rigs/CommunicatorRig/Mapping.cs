using System.Diagnostics;
using System.Runtime.InteropServices;

namespace PathosHpc.CommunicatorRig;

/// <summary>Threads that ask the system for memory and give it back without pause, as the runtime's own do now and then.</summary>
internal sealed partial class Mapping : IDisposable
{
    private const nint Size = 1 << 16;
    private const int ReadAndWrite = 3, PrivateAndAnonymous = 0x22, DontNeed = 4;

    private readonly Thread[] threads;
    private volatile bool ended;
    private long rounds;

    public Mapping(int count)
    {
        threads = [.. Enumerable.Range(0, count).Select(_ => new Thread(Map) { IsBackground = true })];
        foreach (Thread thread in threads)
            thread.Start();
        while (Volatile.Read(ref rounds) < 1000)
            Thread.Yield();
    }

    public void Dispose()
    {
        ended = true;
        foreach (Thread thread in threads)
            thread.Join();
    }

    private void Map()
    {
        while (!ended)
        {
            nint at = mmap(0, Size, ReadAndWrite, PrivateAndAnonymous, -1, 0);
            Marshal.WriteByte(at, 1);
            if (madvise(at, Size, DontNeed) != 0 || munmap(at, Size) != 0)
                throw new UnreachableException("The system refused its own memory.");
            Interlocked.Increment(ref rounds);
        }
    }

    [LibraryImport("libc")]
    private static partial nint mmap(nint address, nint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc")]
    private static partial int madvise(nint address, nint length, int advice);

    [LibraryImport("libc")]
    private static partial int munmap(nint address, nint length);
}
