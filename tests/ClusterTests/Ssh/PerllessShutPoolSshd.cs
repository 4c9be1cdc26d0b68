using System.Runtime.Versioning;

namespace PathosHpc.ClusterTests;

/// <summary>The same where the server forwards nothing.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class PerllessShutPoolSshd : PerllessPoolSshd
{
    protected override string Extra => base.Extra + "\nAllowTcpForwarding no";
}
