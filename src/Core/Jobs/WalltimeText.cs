using System.Globalization;

namespace PathosHpc;

/// <summary>Walltimes as schedulers write and read them. Fractions of a second are rounded up: nobody gets less than they asked for.</summary>
internal static class WalltimeText
{
    /// <summary>Slurm's <c>D-HH:MM:SS</c>, the one form of Slurm that cannot be mistaken for another.</summary>
    internal static string Slurm(TimeSpan limit)
    {
        var t = Whole(limit);
        return string.Create(CultureInfo.InvariantCulture, $"{t.Days}-{t.Hours:00}:{t.Minutes:00}:{t.Seconds:00}");
    }

    /// <summary><c>HH:MM:SS</c> of PBS and Torque; hours go on beyond 24.</summary>
    internal static string Pbs(TimeSpan limit)
    {
        var t = Whole(limit);
        return string.Create(CultureInfo.InvariantCulture, $"{(long)t.TotalHours:00}:{t.Minutes:00}:{t.Seconds:00}");
    }

    /// <summary>Reads what either prints: <c>1-02:03:04</c>, <c>26:03:04</c>, <c>5:00</c> (minutes and seconds), <c>90</c> (seconds);
    /// null for <c>UNLIMITED</c> and whatever else is no time.</summary>
    internal static TimeSpan? Read(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        var days = 0L;
        if (dash > 0 && !long.TryParse(text.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out days)) return null;
        var seconds = 0L;
        foreach (var part in text[(dash + 1)..].Split(':'))
        {
            if (!long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var value)) return null;
            seconds = checked(seconds * 60 + value);
        }
        return TimeSpan.FromDays(days) + TimeSpan.FromSeconds(seconds);
    }

    private static TimeSpan Whole(TimeSpan limit) => TimeSpan.FromSeconds(Math.Ceiling(limit.TotalSeconds));
}
