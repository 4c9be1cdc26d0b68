using System.Globalization;

namespace PathosHpc;

/// <summary>An amount of memory in bytes. Parsed from and shown as <c>512M</c>, <c>64G</c>, <c>1.5G</c>, where K, M, G and T count in 1024s.</summary>
public readonly record struct MemorySize(long Bytes) : IComparable<MemorySize>
{
    private const string Units = "KMGT";

    /// <summary>So many times 1024 x 1024 bytes.</summary>
    public static MemorySize MiB(double amount) => new(checked((long)(amount * (1L << 20))));

    /// <summary>So many times 1024 x 1024 x 1024 bytes.</summary>
    public static MemorySize GiB(double amount) => new(checked((long)(amount * (1L << 30))));

    /// <summary>Whole mebibytes, rounded up: no scheduler grants less than was asked for.</summary>
    internal long MiBRoundedUp => (Bytes + (1L << 20) - 1) >> 20;

    /// <summary>Reads <c>64G</c>, <c>64GB</c>, <c>64GiB</c>, <c>65536mb</c>, or a number of bytes.</summary>
    /// <exception cref="FormatException">It is none of these.</exception>
    public static MemorySize Parse(string text) => TryParse(text, out var size) ? size
        : throw new FormatException($"'{text}' is no amount of memory. Write a number and a unit, such as 512M or 64G.");

    /// <summary>As <see cref="Parse"/>, without an exception.</summary>
    public static bool TryParse(string? text, out MemorySize size)
    {
        size = default;
        var number = (text ?? "").Trim().ToUpperInvariant();
        number = number.EndsWith("IB", StringComparison.Ordinal) ? number[..^2] : number.TrimEnd('B');
        var power = number.Length == 0 ? -1 : Units.IndexOf(number[^1], StringComparison.Ordinal);
        if (power >= 0) number = number[..^1];
        if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount)) return false;
        var bytes = amount * Math.Pow(1024, power + 1);
        if (bytes >= long.MaxValue) return false;
        size = new MemorySize((long)bytes);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(MemorySize other) => Bytes.CompareTo(other.Bytes);

    /// <summary>The largest unit that keeps it whole, such as <c>64G</c>; bytes have no unit.</summary>
    public override string ToString()
    {
        var (amount, power) = (Bytes, 0);
        while (power < Units.Length && amount != 0 && amount % 1024 == 0) (amount, power) = (amount / 1024, power + 1);
        return string.Create(CultureInfo.InvariantCulture, $"{amount}{(power == 0 ? "" : Units[power - 1])}");
    }

    /// <summary>Whether the left one is smaller.</summary>
    public static bool operator <(MemorySize left, MemorySize right) => left.Bytes < right.Bytes;
    /// <summary>Whether the left one is larger.</summary>
    public static bool operator >(MemorySize left, MemorySize right) => left.Bytes > right.Bytes;
    /// <summary>Whether the left one is not larger.</summary>
    public static bool operator <=(MemorySize left, MemorySize right) => left.Bytes <= right.Bytes;
    /// <summary>Whether the left one is not smaller.</summary>
    public static bool operator >=(MemorySize left, MemorySize right) => left.Bytes >= right.Bytes;
}
