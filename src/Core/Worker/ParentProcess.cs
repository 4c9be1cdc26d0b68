using System.Runtime.InteropServices;

namespace PathosHpc;

/// <summary>The process that started this one: when it has changed, this one is an orphan.</summary>
internal static partial class ParentProcess
{
    /// <summary>Its id; 0 where that cannot be told.</summary>
    public static int Id => OperatingSystem.IsLinux() || OperatingSystem.IsMacOS() ? GetParent() : 0;

    [LibraryImport("libc", EntryPoint = "getppid")]
    private static partial int GetParent();
}
