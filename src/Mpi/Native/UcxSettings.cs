namespace PathosHpc;

/// <summary>Settings of UCX, the transport below Debian's MPICH and many builds of Open MPI, without which it harms a process of .NET. A user who
/// set one of these variables keeps the setting.</summary>
internal static class UcxSettings
{
    /// <summary>Makes the settings. UCX reads them as it is loaded, so call it before libmpi is.</summary>
    public static void Apply()
    {
        // Else it prints a backtrace at the first managed null dereference and freezes the process before any handler of the runtime's runs.
        _ = LibC.setenv("UCX_ERROR_SIGNALS", "", 0);
        // Else it rewrites the machine code of mmap, munmap and madvise, and a thread that is in one of them just then crashes. A C program has no
        // second thread yet at that time; the runtime always has.
        _ = LibC.setenv("UCX_MEM_MMAP_HOOK_MODE", "none", 0);
    }
}
