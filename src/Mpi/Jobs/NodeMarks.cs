using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PathosHpc;

/// <summary>The files in which the ranks of a job mark what they compute: in the memory of each node. A store into a mapped file of the job folder
/// waits as long as its file system stalls, and the runtime's other threads with it; memory never does, and outlives ranks too.</summary>
internal static class NodeMarks
{
    /// <summary>Of Linux. Where there is none, the job folder has the file.</summary>
    private const string Memory = "/dev/shm";

    private const string Prefix = "pathos-marks-";

    /// <summary>A file of a job that was killed as a whole, so that nobody took it away, is this old at least.</summary>
    private static readonly TimeSpan Abandoned = TimeSpan.FromMinutes(10);

    /// <summary>Makes the file of this node's ranks; by one of them.</summary>
    /// <param name="folder">Where client and world meet.</param>
    /// <param name="number">Which start of the world this is.</param>
    /// <param name="directory">Where the ranks are.</param>
    /// <param name="mayBeInMemory">Whether the supervisor can ask this node for it.</param>
    /// <returns>Its path.</returns>
    public static string Create(WorldFolder folder, int number, RankDirectory directory, bool mayBeInMemory)
    {
        if (mayBeInMemory)
        {
            string path = $"{Memory}/{Name(folder, number)}";
            try
            {
                RemoveOthers(NameOfAll(folder));
                RunningMark.Create(path, directory.Size);
                return path;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // There is no such memory, or it is full: marks that may wait are better than none.
                Remove(path);
            }
        }
        string shared = folder.Running(number, directory.Identity.Node);
        RunningMark.Create(shared, directory.Size);
        return shared;
    }

    /// <summary>Takes away the file of this node's ranks, which nobody will ask for.</summary>
    public static void Remove(string path)
    {
        if (!path.StartsWith(Memory + "/", StringComparison.Ordinal))
            return; // the folder goes as a whole
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is somebody else's.
        }
    }

    /// <summary>Takes the marks of a start of the world out of this node's memory.</summary>
    /// <returns>Null when there are none.</returns>
    public static byte[]? Take(WorldFolder folder, int number)
    {
        string path = $"{Memory}/{Name(folder, number)}";
        try
        {
            byte[] marks = File.ReadAllBytes(path);
            File.Delete(path);
            return marks;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>A command that does the same on another node, and prints them; nothing when there are none.</summary>
    public static string[] TakeCommand(WorldFolder folder, int number) =>
        ["find", Memory, "-maxdepth", "1", "-type", "f", "-user", LibC.geteuid().ToString(CultureInfo.InvariantCulture), "-name", Name(folder, number), "-exec", "base64", "-w0", "{}", ";", "-delete"];

    /// <summary>What <see cref="TakeCommand"/> printed; null when it is no such thing.</summary>
    public static byte[]? Parse(string printed)
    {
        var bytes = new byte[printed.Length];
        return Convert.TryFromBase64String(printed.Trim(), bytes, out int length) ? bytes[..length] : null;
    }

    /// <summary>Removes what is left of earlier starts of this world, and of jobs that nobody is in any more: ranks hold a lock on the file that they map.</summary>
    private static void RemoveOthers(string own)
    {
        foreach (FileInfo file in new DirectoryInfo(Memory).GetFiles(Prefix + "*"))
        {
            if (file.Name.StartsWith(own, StringComparison.Ordinal))
                Remove(file.FullName);
            if (DateTime.UtcNow - file.LastWriteTimeUtc < Abandoned)
                continue;
            try
            {
                using var alone = new FileStream(file.FullName, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                Remove(file.FullName);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Ranks live that use it, or it is somebody else's.
            }
        }
    }

    private static string Name(WorldFolder folder, int number) => string.Create(CultureInfo.InvariantCulture, $"{NameOfAll(folder)}{number}");

    private static string NameOfAll(WorldFolder folder) => $"{Prefix}{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder.Path)))[..16]}-";
}
