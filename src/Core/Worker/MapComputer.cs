using System.Diagnostics;
using System.Globalization;

namespace PathosHpc;

/// <summary>Computes items of one map with its function, which was loaded once.</summary>
internal abstract class MapComputer
{
    private readonly CancellationTokenSource cancellation = new();
    private long canceledAt;

    protected MapComputer(int number, MapHeader header) => (Number, Header) = (number, header);

    public int Number { get; }

    public MapHeader Header { get; }

    /// <summary>Canceled when the map has ended or was canceled.</summary>
    public CancellationToken Canceled => cancellation.Token;

    /// <summary>When that was, by <see cref="Environment.TickCount64"/>.</summary>
    public long? CanceledSince => Volatile.Read(ref canceledAt) is > 0 and var at ? at : null;

    /// <summary>The computer for a function that was shipped.</summary>
    public static MapComputer Of(int number, MapHeader header, object function) =>
        function is ItemFunction known ? known.NewComputer(number, header)
            : throw new MalformedPayloadException($"The function frame carries {function.GetType()}, which is no function.");

    /// <summary>Computes a block of items, and gives what comes of it to <paramref name="output"/>.</summary>
    public abstract void Compute(Block items, bool mayReturn, Lane lane, ComputeOutput output);

    /// <summary>The map has ended: what is computed of it no longer matters.</summary>
    public void Cancel()
    {
        Interlocked.CompareExchange(ref canceledAt, Math.Max(1, Environment.TickCount64), 0);
        _ = cancellation.CancelAsync();
    }

    public ItemFailure TimedOut(long index, RankIdentity identity) => ItemFailure.Of(index, identity.Rank, identity.Node,
        new TimeoutException($"it took longer than its timeout of {Header.ItemTimeout}."), ItemFailureKind.TimedOut);

    /// <summary>Gives the calling thread the culture and the process the time zone of the caller.</summary>
    protected void ApplyCulture()
    {
        if (CultureInfo.CurrentCulture.Name != Header.Culture)
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(Header.Culture);
        if (CultureInfo.CurrentUICulture.Name != Header.UICulture)
            CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(Header.UICulture);
        if (Header.TimeZone.Length > 0 && TimeZoneInfo.Local.Id != Header.TimeZone)
        {
            Environment.SetEnvironmentVariable("TZ", Header.TimeZone);
            TimeZoneInfo.ClearCachedData();
        }
    }

    protected static long Nanoseconds(long ticks) => (long)(ticks * (1e9 / Stopwatch.Frequency));
}
