using System.Runtime.Versioning;

namespace PathosHpc.ClusterTests;

/// <summary>A host without perl whose server forwards nothing.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class PerllessShutSshd : PerllessSshd
{
    protected override string More => "AllowTcpForwarding no\nAllowStreamLocalForwarding no";
}
