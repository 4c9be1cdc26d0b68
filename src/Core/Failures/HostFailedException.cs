namespace PathosHpc;

/// <summary>A host cannot be reached, does not let us in, or was lost; or one of its files cannot be used.</summary>
public sealed class HostFailedException : PathosException
{
    internal HostFailedException(HostFailureReason reason, string host, string message, Exception? inner = null) : base(message, inner)
        => (Reason, Host) = (reason, host);

    /// <summary>Why.</summary>
    public HostFailureReason Reason { get; }

    /// <summary>Name of the host.</summary>
    public string Host { get; }
}
