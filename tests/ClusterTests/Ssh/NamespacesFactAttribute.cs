using System.Diagnostics;

namespace PathosHpc.ClusterTests;

/// <summary>A test in a network of namespaces, which only root can make, and only where that is allowed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NamespacesFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> mayUnshare = new(() =>
    {
        if (!Environment.IsPrivilegedProcess)
            return false;
        using var process = Process.Start("unshare", ["--net", "--mount", "--pid", "--fork", "true"]);
        return process.WaitForExit(10_000) && process.ExitCode == 0;
    });

    public NamespacesFactAttribute()
    {
        if (!mayUnshare.Value)
            Skip = "Only root can make namespaces, and not in every container.";
    }
}
