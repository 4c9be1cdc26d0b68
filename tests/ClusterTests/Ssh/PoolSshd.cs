using System.Runtime.Versioning;

namespace PathosHpc.ClusterTests;

/// <summary>The same with a cache of its own, so that what is brought there is seen.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class PoolSshd : PrivateSshd
{
    internal string Cache => Folder + "/a cache";

    protected override string Extra => $"SetEnv \"XDG_CACHE_HOME={Cache}\"";
}
