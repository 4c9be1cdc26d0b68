using System.Runtime.InteropServices;

namespace PathosHpc;

/// <summary>Gives the runtime its signal handlers back after libmpi took them. UCX (in Debian's MPICH, and in many builds of Open MPI) installs
/// its own for SIGSEGV, SIGFPE and others as soon as it is loaded; the first managed null dereference would then end the rank.</summary>
internal sealed unsafe class SignalGuard : IDisposable
{
    // HUP INT QUIT ILL TRAP ABRT BUS FPE SEGV TERM CHLD. Not USR1: MPICH needs it to learn of failed ranks.
    private static readonly int[] signals = [1, 2, 3, 4, 5, 6, 7, 8, 11, 15, 17];

    // More than a struct sigaction of any Linux C library.
    private const int ActionSize = 256;

    private readonly byte* saved = (byte*)NativeMemory.AllocZeroed((nuint)(ActionSize * signals.Length));

    /// <summary>Remembers the present handlers. Dispose it after MPI_Init_thread.</summary>
    public SignalGuard()
    {
        for (int i = 0; i < signals.Length; i++)
            _ = LibC.sigaction(signals[i], null, saved + ActionSize * i);
    }

    /// <summary>Puts back each handler that was replaced since.</summary>
    public void Dispose()
    {
        byte* now = stackalloc byte[ActionSize];
        for (int i = 0; i < signals.Length; i++)
        {
            byte* before = saved + ActionSize * i;
            _ = LibC.sigaction(signals[i], null, now);
            // The handler's address is the first member of struct sigaction on every Linux architecture of glibc and musl.
            if (*(nint*)now != *(nint*)before)
                _ = LibC.sigaction(signals[i], before, null);
        }
        NativeMemory.Free(saved);
    }
}
