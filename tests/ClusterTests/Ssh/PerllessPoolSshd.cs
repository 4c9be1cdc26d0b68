using System.Runtime.Versioning;

namespace PathosHpc.ClusterTests;

/// <summary>The same with every program of this machine but perl.</summary>
[UnsupportedOSPlatform("windows")]
public class PerllessPoolSshd : PoolSshd
{
    protected override string SessionVariables
    {
        get
        {
            string path = Folder + "/path";
            if (!Directory.Exists(path))
            {
                Directory.CreateDirectory(path);
                foreach (string program in new[] { "/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin" }.Where(Directory.Exists).SelectMany(Directory.EnumerateFiles).DistinctBy(Path.GetFileName))
                {
                    if (!Path.GetFileName(program).StartsWith("perl", StringComparison.Ordinal))
                        File.CreateSymbolicLink($"{path}/{Path.GetFileName(program)}", program);
                }
            }
            return $" \"PATH={path}\"";
        }
    }
}
