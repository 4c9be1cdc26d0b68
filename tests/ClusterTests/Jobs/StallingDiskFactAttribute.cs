using System.ComponentModel;
using PathosHpc.Tests;

namespace PathosHpc.ClusterTests;

/// <summary>A test that needs a <see cref="StallingDisk"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class StallingDiskFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> missing = new(() =>
    {
        using var folder = new TemporaryFolder("probe");
        try
        {
            bool mounted = StallingDisk.TryMount(folder.Path + "/image", Directory.CreateDirectory(folder.Path + "/disk").FullName);
            if (mounted)
                SmallDisk.Run("umount", folder.Path + "/disk");
            return mounted ? null : "A file system that stalls is an ext4 on a loop device (mount -o loop), which this user cannot mount here: it needs root, loop devices and CAP_SYS_ADMIN.";
        }
        catch (Win32Exception e)
        {
            return $"A file system that stalls needs mkfs.ext4 (e2fsprogs), mount and fsfreeze (util-linux): {e.Message}";
        }
    });

    public StallingDiskFactAttribute() => Skip = missing.Value;
}
