using System.Runtime.Versioning;

namespace PathosHpc.ClusterTests;

/// <summary>The same where the server allows one session on a connection, and no forwarding.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class NarrowSshd : PrivateSshd
{
    protected override string Extra => "MaxSessions 1\nAllowTcpForwarding no\nAllowStreamLocalForwarding no";
}
