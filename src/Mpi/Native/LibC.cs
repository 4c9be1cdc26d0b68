using System.Runtime.InteropServices;

namespace PathosHpc;

/// <summary>The few functions of the C library that MPI makes necessary.</summary>
internal static unsafe partial class LibC
{
    /// <summary>Sets a variable for native code; <see cref="Environment.SetEnvironmentVariable(string, string)"/> does not reach C's getenv.</summary>
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int setenv(string name, string value, int overwrite);

    [LibraryImport("libc")]
    public static partial int sigaction(int signal, byte* action, byte* previous);

    /// <summary>Ends the process at once: no handlers, no destructors.</summary>
    [LibraryImport("libc")]
    public static partial void _exit(int code);

    [LibraryImport("libc")]
    public static partial int kill(int process, int signal);

    [LibraryImport("libc")]
    public static partial uint geteuid();

    [LibraryImport("libc")]
    public static partial int sched_getaffinity(int pid, nint size, byte* mask);

    [LibraryImport("libc")]
    public static partial int usleep(uint microseconds);

    /// <summary>Of Linux: 84 asks for the number of online cores.</summary>
    [LibraryImport("libc")]
    public static partial nint sysconf(int name);
}
