using System.Runtime.Versioning;

namespace PathosHpc.ClusterTests;

/// <summary>The same on a host without perl: its PATH is a folder that has the usual commands and no perl.</summary>
[UnsupportedOSPlatform("windows")]
public class PerllessSshd : PrivateSshd
{
    private static readonly string[] Commands = ["sh", "cat", "env", "sed", "printf", "sleep", "ps", "tr", "rm", "mv", "wc", "chmod", "tail", "head", "find", "mkdir", "tar", "stat", "sha256sum", "cut", "dirname"];

    /// <summary>Lines of sshd_config beside that.</summary>
    protected virtual string More => "";

    protected override string Extra
    {
        get
        {
            string path = Folder + "/path";
            if (!Directory.Exists(path))
            {
                Directory.CreateDirectory(path);
                foreach (string command in Commands)
                    File.CreateSymbolicLink($"{path}/{command}", new[] { "/usr/bin/", "/bin/" }.Select(f => f + command).First(File.Exists));
            }
            return $"SetEnv PATH={path}\n{More}";
        }
    }
}
