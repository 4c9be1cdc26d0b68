using System.Runtime.CompilerServices;

namespace PathosHpc;

/// <summary>Waits for non-blocking operations.</summary>
internal static unsafe class MpiRequest
{
    /// <summary>True once the operation is complete; MPI then sets the handle to null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Test(nint* request, string call)
    {
        int flag = 0;
        int code = MpiNative.MPI_Test(request, &flag, MpiEnvironment.Abi.StatusIgnore);
        MpiCheck.That(code, call);
        return flag != 0;
    }

    /// <summary>Waits until the operation is complete.</summary>
    /// <param name="request">Its handle.</param>
    /// <param name="call">The function that began it, for messages.</param>
    /// <param name="bytes">Bytes that move.</param>
    public static void Wait(nint* request, string call, long bytes)
    {
        var backoff = new Backoff(bytes);
        while (!Test(request, call))
            backoff.Wait();
    }
}
