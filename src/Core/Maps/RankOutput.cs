namespace PathosHpc;

/// <summary>Where text goes that functions write to the console of a rank or worker process.</summary>
public sealed class RankOutput
{
    private readonly Action<RankOutputLine> write;

    private RankOutput(Action<RankOutputLine> write) => this.write = write;

    /// <summary>To this process's standard error, each line behind its rank. The default.</summary>
    public static RankOutput Prefixed { get; } = new(line => Console.Error.WriteLine($"[rank {line.Rank}] {line.Text}"));

    /// <summary>To this process's own standard output and standard error, as it was written.</summary>
    public static RankOutput Plain { get; } = new(line => (line.IsError ? Console.Error : Console.Out).WriteLine(line.Text));

    /// <summary>Nowhere.</summary>
    public static RankOutput Discard { get; } = new(_ => { });

    /// <summary>To <paramref name="receive"/>, line by line, one call at a time.</summary>
    public static RankOutput To(Action<RankOutputLine> receive)
    {
        ArgumentNullException.ThrowIfNull(receive);
        return new(receive);
    }

    /// <summary>Writes a line. What the receiver throws is logged: a line must not cost the link that it came over.</summary>
    internal void Write(RankOutputLine line)
    {
        try
        {
            lock (write)
                write(line);
        }
        catch (Exception e)
        {
            Logging.Log.Warn(e, "A line of rank {Rank} could not be written.", line.Rank);
        }
    }

    /// <summary>Apart, since the logging library looks for its configuration as it is first used, which takes as long as a process takes to start.</summary>
    private static class Logging
    {
        public static readonly NLog.Logger Log = NLog.LogManager.GetLogger("PathosHpc.Output");
    }
}
