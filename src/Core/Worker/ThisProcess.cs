using System.Diagnostics;
using System.Runtime.InteropServices;

namespace PathosHpc;

/// <summary>Ends this process whatever its threads are doing.</summary>
internal static partial class ThisProcess
{
    /// <summary>Ends at once, without finalizers or handlers, which code that will not stop could hold up.</summary>
    public static void End(int code)
    {
        if (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS())
            ExitNow(code);
        Process.GetCurrentProcess().Kill();
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void ExitNow(int code);
}
