namespace PathosHpc;

/// <summary>A host cannot be reached, does not let us in, or was lost; or one of its files cannot be used.</summary>
public sealed class HostFailedException : PathosException
{
    internal HostFailedException(HostFailureReason reason, string host, string message, Exception? inner = null) : base(message, inner)
        => (Reason, Host) = (reason, host);

    /// <summary>Why.</summary>
    public HostFailureReason Reason { get; }

    /// <summary>Whether the same may succeed later, with nothing done about it: the way there is lost, or a file system stalls.</summary>
    internal bool MayPass => Reason is HostFailureReason.Lost or HostFailureReason.Unreachable or HostFailureReason.File or HostFailureReason.Unknown;

    /// <summary>Whether somebody has to do something about it, on a terminal or elsewhere: give a code, get a ticket, add a key.</summary>
    internal bool NeedsUser => Reason is HostFailureReason.Authentication or HostFailureReason.KerberosTicket;

    /// <summary>Name of the host.</summary>
    public string Host { get; }
}
