namespace PathosHpc;

/// <summary>A call of the MPI library failed, or the library cannot be used.</summary>
public sealed class MpiException : PathosException
{
    internal MpiException(MpiErrorKind kind, string message, string? call = null, int errorClass = 0, Exception? inner = null) : base(message, inner)
        => (Kind, Call, ErrorClass) = (kind, call, errorClass);

    /// <summary>What sort of failure it is.</summary>
    public MpiErrorKind Kind { get; }

    /// <summary>The MPI function that failed, such as <c>MPI_Isend</c>; null when none was called.</summary>
    public string? Call { get; }

    /// <summary>The error class as the library numbers it; 0 when no function was called.</summary>
    public int ErrorClass { get; }
}
