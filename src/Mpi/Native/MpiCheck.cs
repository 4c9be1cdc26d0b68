using System.Runtime.CompilerServices;
using System.Text;

namespace PathosHpc;

/// <summary>Turns return codes of MPI functions into exceptions.</summary>
internal static unsafe class MpiCheck
{
    // MPI_MAX_ERROR_STRING is 512 at most in the three ABIs, MPI_MAX_LIBRARY_VERSION_STRING 8192.
    private const int MaxText = 8192;

    /// <exception cref="MpiException"><paramref name="code"/> is not MPI_SUCCESS.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void That(int code, string call)
    {
        if (code != 0)
            Throw(code, call);
    }

    /// <summary>The library's own description of itself, its first line.</summary>
    public static string LibraryVersion()
    {
        byte* text = stackalloc byte[MaxText];
        int length = 0;
        That(MpiNative.MPI_Get_library_version(text, &length), "MPI_Get_library_version");
        return Encoding.UTF8.GetString(text, length).TrimEnd('\0').Split('\n')[0].Trim().Replace("\t", " ", StringComparison.Ordinal);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Throw(int code, string call)
    {
        MpiAbi abi = MpiEnvironment.Abi;
        int errorClass = code;
        _ = MpiNative.MPI_Error_class(code, &errorClass);
        byte* text = stackalloc byte[MaxText];
        int length = 0;
        string said = MpiNative.MPI_Error_string(code, text, &length) == 0 ? Encoding.UTF8.GetString(text, length).Trim().TrimEnd('.') : $"error code {code}";
        (MpiErrorKind kind, string advice) =
            errorClass == abi.ErrorRank ? (MpiErrorKind.Rank, "Use a rank from 0 to Size - 1 of this communicator.")
            : errorClass == abi.ErrorTag ? (MpiErrorKind.Tag, "Use a tag from 0 to MaxTag.")
            : errorClass == abi.ErrorCommunicator ? (MpiErrorKind.Communicator, "Use the communicator before it is disposed, and only on ranks that belong to it.")
            : errorClass == abi.ErrorRoot ? (MpiErrorKind.Root, "Give the same root, a rank of this communicator, on every rank.")
            : errorClass == abi.ErrorTruncate ? (MpiErrorKind.Truncated, "Give the same length on every rank that takes part.")
            : (MpiErrorKind.Other, "The ranks' standard error may tell more; a rank that ended early is a common cause.");
        throw new MpiException(kind, $"{call} failed: {said} (error class {errorClass}). {advice}", call, errorClass);
    }
}
