using System.Diagnostics;
using System.Globalization;
using PathosHpc.Tests;

namespace PathosHpc.ClusterTests;

/// <summary>A file system of its own that can be made to stall: who writes waits, as for a server of files that is away.</summary>
internal sealed class StallingDisk : IDisposable
{
    public StallingDisk(string folder)
    {
        Folder = Directory.CreateDirectory(folder + "/disk").FullName;
        Assert.True(TryMount(folder + "/image", Folder), $"No file system could be mounted at {Folder}.");
    }

    public string Folder { get; }

    /// <summary>Stalls it; a process of its own ends that, also when this one is gone.</summary>
    public Process Stall(TimeSpan time) => Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "fsfreeze --freeze \"$1\" && sleep \"$2\"; fsfreeze --unfreeze \"$1\"", "sh", Folder, time.TotalSeconds.ToString(CultureInfo.InvariantCulture)])
    {
        RedirectStandardError = true,
    })!;

    public void Dispose() => SmallDisk.Run("umount", "-l", Folder);

    public static bool TryMount(string image, string folder)
    {
        using (FileStream file = File.Create(image))
            file.SetLength(64 << 20);
        return SmallDisk.Run("mkfs.ext4", "-q", "-F", image) == 0 && SmallDisk.Run("mount", "-o", "loop", image, folder) == 0;
    }
}
