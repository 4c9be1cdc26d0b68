namespace PathosHpc;

/// <summary>What sort of failure a <see cref="MpiException"/> tells of.</summary>
public enum MpiErrorKind
{
    /// <summary>A failure that the MPI library reports and that is none of the others.</summary>
    Other,
    /// <summary>There is no usable MPI library.</summary>
    LibraryMissing,
    /// <summary>The launcher belongs to another MPI than the library.</summary>
    LauncherMismatch,
    /// <summary>MPI is not initialised any more, or the communicator is disposed.</summary>
    NotUsable,
    /// <summary>The rank is not one of the communicator.</summary>
    Rank,
    /// <summary>The tag is out of range.</summary>
    Tag,
    /// <summary>The communicator is not valid.</summary>
    Communicator,
    /// <summary>The root differs between ranks, or is not one of them.</summary>
    Root,
    /// <summary>A message was longer than the place given for it.</summary>
    Truncated,
}
