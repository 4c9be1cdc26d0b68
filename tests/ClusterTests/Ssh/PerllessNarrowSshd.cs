using System.Runtime.Versioning;

namespace PathosHpc.ClusterTests;

/// <summary>A host without perl whose server allows one session on a connection.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class PerllessNarrowSshd : PerllessSshd
{
    protected override string More => "MaxSessions 1";
}
