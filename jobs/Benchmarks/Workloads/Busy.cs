using System.Diagnostics;

namespace PathosHpc.Benchmarks;

/// <summary>An item that does nothing but take its time.</summary>
internal static class Busy
{
    /// <summary>Waits without sleeping.</summary>
    /// <returns>How often it looked at the clock.</returns>
    public static int Wait(double microseconds)
    {
        long end = Stopwatch.GetTimestamp() + (long)(microseconds * Stopwatch.Frequency / 1e6);
        int looks = 0;
        while (Stopwatch.GetTimestamp() < end)
            looks++;
        return looks;
    }
}
