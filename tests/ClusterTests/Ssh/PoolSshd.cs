using System.Runtime.Versioning;

namespace PathosHpc.ClusterTests;

/// <summary>The same with a home, a cache and a folder of temporary files of its own, so that what is brought there and what is left is seen.</summary>
[UnsupportedOSPlatform("windows")]
public class PoolSshd : PrivateSshd
{
    internal string Cache => Home + "/a cache";

    internal string Temporary => Folder + "/tmp";

    /// <summary>The home of its users: its own, or that of another login node of the same cluster.</summary>
    internal string Home { get => field ?? Folder; init; }

    /// <summary>More variables of sessions, as sshd_config has them.</summary>
    protected virtual string SessionVariables => "";

    protected override string Extra
    {
        get
        {
            Directory.CreateDirectory(Temporary);
            // A home of its own too: what the start files of this machine's user do is none of these tests' business, and they cut connections in the middle of it.
            return $"AcceptEnv SLURM_CONF LD_PRELOAD FAKETIME*\nSetEnv \"HOME={Home}\" \"XDG_CACHE_HOME={Cache}\" \"TMPDIR={Temporary}\"{SessionVariables}";
        }
    }
}
