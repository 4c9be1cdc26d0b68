using System.Runtime.Versioning;

namespace PathosHpc.ClusterTests;

/// <summary>The same with users of four login shells, whose start files print. Only root can make users; others test their own shell.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class PrivateSshdWithShells : PrivateSshd
{
    protected override string Shells => "bash dash zsh tcsh";
}
