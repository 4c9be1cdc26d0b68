using System.Globalization;

namespace PathosHpc;

/// <summary>What every level that handles a map needs to know of it; travels ahead of the function.</summary>
internal sealed record MapHeader
{
    /// <summary>Items that are to be dealt, or null when it was not known as the map began; with shares, items in all.</summary>
    public long? Total { get; init; }

    public MapStrategy Strategy { get; init; }

    public int? ChunkSize { get; init; }

    public bool StopsOnFailure { get; init; }

    public int Concurrency { get; init; } = 1;

    public TimeSpan? ItemTimeout { get; init; }

    public ulong Seed { get; init; }

    /// <summary>Name of the caller's culture.</summary>
    public string Culture { get; init; } = "";

    /// <summary>Name of the caller's culture for texts.</summary>
    public string UICulture { get; init; } = "";

    /// <summary>Identifier of the caller's time zone.</summary>
    public string TimeZone { get; init; } = "";

    /// <summary>Bytes of the function's large arrays, which follow it in frames of their own.</summary>
    public long ArrayBytes { get; init; }

    /// <summary>Seconds that an item is expected to take; 0 when nothing is known.</summary>
    public double ExpectedSeconds { get; init; }

    public static MapHeader Of<TItem, TResult>(MapRequest<TItem, TResult> request, long? total) => new()
    {
        Total = total,
        Strategy = request.Options.Strategy,
        ChunkSize = request.Options.ChunkSize,
        StopsOnFailure = request.Options.OnItemFailure == OnItemFailure.Stop,
        Concurrency = request.Options.ConcurrencyPerRank,
        ItemTimeout = request.Options.ItemTimeout,
        Seed = request.Seed,
        Culture = CultureInfo.CurrentCulture.Name,
        UICulture = CultureInfo.CurrentUICulture.Name,
        TimeZone = TimeZoneInfo.Local.Id,
    };

    /// <summary>How the coordinator next to the ranks sizes their chunks.</summary>
    public ChunkPolicy Chunks(double targetSeconds = ChunkPolicy.UsualTargetSeconds) => new()
    {
        FixedSize = ChunkSize,
        LeastSize = Concurrency,
        IsStatic = Strategy == MapStrategy.ScatterGather,
        TargetSeconds = targetSeconds,
        ExpectedSeconds = ExpectedSeconds,
    };

    public void Write(PayloadWriter writer)
    {
        writer.WriteInt64(Total ?? -1);
        writer.WriteByte((byte)Strategy);
        writer.WriteInt32(ChunkSize ?? 0);
        writer.WriteByte(StopsOnFailure ? (byte)1 : (byte)0);
        writer.WriteInt32(Concurrency);
        writer.WriteInt64(ItemTimeout?.Ticks ?? 0);
        writer.WriteUInt64(Seed);
        writer.WriteString(Culture);
        writer.WriteString(UICulture);
        writer.WriteString(TimeZone);
        writer.WriteInt64(ArrayBytes);
        writer.WriteDouble(ExpectedSeconds);
    }

    public static MapHeader Read(PayloadReader reader) => new()
    {
        Total = reader.ReadInt64() is >= 0 and var total ? total : null,
        Strategy = (MapStrategy)reader.ReadByte(),
        ChunkSize = reader.ReadInt32() is > 0 and var size ? size : null,
        StopsOnFailure = reader.ReadByte() != 0,
        Concurrency = Math.Max(1, reader.ReadInt32()),
        ItemTimeout = reader.ReadInt64() is > 0 and var ticks ? TimeSpan.FromTicks(ticks) : null,
        Seed = reader.ReadUInt64(),
        Culture = reader.ReadString() ?? "",
        UICulture = reader.ReadString() ?? "",
        TimeZone = reader.ReadString() ?? "",
        ArrayBytes = Math.Max(0, reader.ReadInt64()),
        ExpectedSeconds = reader.ReadDouble() is > 0 and < double.PositiveInfinity and var seconds ? seconds : 0,
    };
}
