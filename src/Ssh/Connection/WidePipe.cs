using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace PathosHpc;

/// <summary>Pipes that take more at once than is usual: their other end is woken less often, which is much of what a fast stream through ssh costs.</summary>
internal static partial class WidePipe
{
    private const int Size = 1 << 20, SetPipeSize = 1031;

    /// <summary>Widens a pipe of another process, where the system can. A user has so and so many pages for all pipes; when they are used up, it stays as it is.</summary>
    public static void Widen(Stream stream)
    {
        if (OperatingSystem.IsLinux() && stream is PipeStream pipe)
            Fcntl(pipe.SafePipeHandle, SetPipeSize, Size);
    }

    [SupportedOSPlatform("linux")]
    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Fcntl(SafeHandle file, int command, int argument);
}
