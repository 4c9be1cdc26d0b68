namespace PathosHpc;

/// <summary>Why a host could not be used.</summary>
public enum HostFailureReason
{
    /// <summary>It is not known.</summary>
    Unknown,
    /// <summary>The program that reaches it (ssh) is missing here, or what it needs is missing over there.</summary>
    Missing,
    /// <summary>Its name is not known, nobody answers there, or it did not answer in time.</summary>
    Unreachable,
    /// <summary>It shows another key than the one that is known of it, or its key is not known.</summary>
    HostKey,
    /// <summary>It lets this user not in: wrong user, key or password, or a code is needed and there is no terminal to ask on.</summary>
    Authentication,
    /// <summary>It lets this user not in, and the Kerberos ticket has expired or was never there.</summary>
    KerberosTicket,
    /// <summary>The connection was up and is lost.</summary>
    Lost,
    /// <summary>It refuses what was asked: a session, a forwarded port.</summary>
    Refused,
    /// <summary>A file or folder cannot be read or written there.</summary>
    File,
}
