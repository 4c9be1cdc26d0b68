using System.Diagnostics;

namespace PathosHpc.Tests;

/// <summary>What Linux tells of a process.</summary>
internal static class LinuxProcess
{
    /// <summary>Sends it a signal, such as STOP.</summary>
    public static void Signal(int process, string signal)
    {
        using Process kill = Process.Start("/bin/kill", [$"-{signal}", $"{process}"]);
        kill.WaitForExit();
    }

    /// <summary>The process that started it, if that still lives.</summary>
    public static int Parent(int process) => int.Parse(File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("PPid:", StringComparison.Ordinal)).AsSpan(5), null);

    /// <summary>Whether a signal has stopped it.</summary>
    public static bool IsStopped(int process) => File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("State:", StringComparison.Ordinal)).Contains('T', StringComparison.Ordinal);

    /// <summary>Whether it has a connection over TCP that both sides keep.</summary>
    public static bool IsConnected(int process)
    {
        const int State = 3, Inode = 9;
        HashSet<string> sockets = [.. new DirectoryInfo($"/proc/{process}/fd").GetFiles().Select(file => file.LinkTarget ?? "")];
        return ((string[])["tcp", "tcp6"]).SelectMany(kind => File.ReadLines($"/proc/{process}/net/{kind}").Skip(1)).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Any(words => words[State] == "01" && sockets.Contains($"socket:[{words[Inode]}]"));
    }

    /// <summary>It and all that descend from it.</summary>
    public static IEnumerable<int> Tree(int process) =>
        Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _)).Select(name => int.Parse(name!, null)).Where(other => !HasEnded(other) && Parent(other) == process).SelectMany(Tree).Prepend(process);

    /// <summary>Whether it has ended, though nobody may have asked for its exit code yet. It may end while one looks.</summary>
    public static bool HasEnded(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline").Length == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
