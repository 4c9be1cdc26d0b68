namespace PathosHpc.Tests;

/// <summary>What Linux tells of a process.</summary>
internal static class LinuxProcess
{
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
