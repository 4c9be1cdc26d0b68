namespace PathosHpc.ClusterTests;

/// <summary>A test on a Slurm that makes cgroups for memory.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MemoryCgroupFactAttribute : FactAttribute
{
    private const string Controller = "/sys/fs/cgroup/memory";

    private static readonly Lazy<bool> mayMake = new(() =>
    {
        if (!File.Exists(Controller + "/memory.limit_in_bytes"))
            return false;
        string probe = $"{Controller}/pathos-probe-{Environment.ProcessId}";
        try
        {
            Directory.CreateDirectory(probe);
            Directory.Delete(probe);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    });

    public MemoryCgroupFactAttribute()
    {
        if (!mayMake.Value)
            Skip = $"This user cannot make cgroups in {Controller} (version 1). For version 2, Slurm 22.05 needs systemd, which this Slurm is not started by.";
    }
}
