using System.Diagnostics;

namespace PathosHpc.Tests;

/// <summary>A file system of 2 MB in memory, to be filled up. Only root can make one.</summary>
internal sealed class SmallDisk : IDisposable
{
    private const int Size = 2 << 20;

    public SmallDisk(string folder)
    {
        Folder = Directory.CreateDirectory(folder).FullName;
        Assert.True(TryMount(Folder), $"No file system could be mounted at {Folder}.");
    }

    public string Folder { get; }

    /// <summary>Fills it so that only <paramref name="free"/> bytes are left.</summary>
    public void Fill(int free)
    {
        string ballast = Path.Combine(Folder, "ballast");
        File.Delete(ballast);
        using FileStream file = File.Create(ballast);
        var page = new byte[4096];
        for (int left = Size; left > free; left -= page.Length)
        {
            try
            {
                file.Write(page);
                file.Flush();
            }
            catch (IOException)
            {
                // The folder itself takes a page: full is full.
                return;
            }
        }
    }

    /// <summary>Makes room for much more.</summary>
    public void Grow() => Assert.Equal(0, Run("mount", "-o", $"remount,size={50 * Size}", Folder));

    public void Dispose() => Run("umount", "-l", Folder);

    public static bool TryMount(string folder) => Run("mount", "-t", "tmpfs", "-o", $"size={Size}", "pathos-test", folder) == 0;

    public static int Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit(10_000);
        return process.ExitCode;
    }
}

/// <summary>A test that needs to mount a small file system.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FullDiskFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> missing = new(() =>
    {
        if (Environment.UserName != "root")
            return "Filling up a disk needs root, to mount a small one.";
        string folder = Directory.CreateTempSubdirectory("pf-probe-").FullName;
        bool mounted = SmallDisk.TryMount(folder);
        if (mounted)
            SmallDisk.Run("umount", folder);
        Directory.Delete(folder);
        return mounted ? null : "Filling up a disk needs the right to mount a small one, which root does not have here.";
    });

    public FullDiskFactAttribute() => Skip = missing.Value;
}
