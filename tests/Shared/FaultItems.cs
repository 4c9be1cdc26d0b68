using System.Diagnostics;
using System.Globalization;

namespace PathosHpc.Tests;

/// <summary>What the items of these tests do on their ranks.</summary>
internal static class FaultItems
{
    /// <summary>Ends this process as the out-of-memory killer would.</summary>
    public static void Die()
    {
        Process.GetCurrentProcess().Kill();
        Thread.Sleep(Timeout.Infinite);
    }

    /// <summary>Whether this is the first call for the file, in whatever process.</summary>
    public static bool IsFirst(string file)
    {
        try
        {
            using var created = new FileStream(file, FileMode.CreateNew);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Notes an item as computed in a file of this process.</summary>
    public static void Note(string file, int item) =>
        File.AppendAllText($"{file}.{Environment.ProcessId}", item.ToString(CultureInfo.InvariantCulture) + "\n");

    /// <summary>Waits, in the way of code that knows no tokens, until a file is there.</summary>
    public static void Await(string file)
    {
        for (var until = DateTime.UtcNow.AddSeconds(60); !File.Exists(file) && DateTime.UtcNow < until;)
            Thread.Sleep(5);
    }

    /// <summary>Computes without a pause.</summary>
    public static void Spin(double seconds)
    {
        for (var until = DateTime.UtcNow.AddSeconds(seconds); DateTime.UtcNow < until;)
            Thread.SpinWait(1000);
    }

    /// <summary>Calls itself until the stack is full.</summary>
    public static int Overflow(int depth) => depth < 0 ? 0 : Overflow(depth + 1) + depth;
}

/// <summary>An exception with a member that cannot travel.</summary>
internal sealed class UnshippableException(string message) : Exception(message)
{
    public Thread Thrower { get; } = Thread.CurrentThread;

    public FileStream Stream { get; } = File.OpenRead("/proc/self/stat");
}
