using System.Globalization;
using NLog;
using NLog.Config;
using NLog.Targets;

namespace PathosHpc;

/// <summary>Log events of ranks: a rank sends them, its client logs them under the same name and level.</summary>
internal static class RankLog
{
    /// <summary>Sends what is logged in this process, once something is: the logging library is not loaded before.</summary>
    public static void Capture(int rank, Action<Frame> send)
    {
        bool captured = false;
        AppDomain.CurrentDomain.AssemblyLoad += (_, loaded) =>
        {
            if (!captured && loaded.LoadedAssembly.GetName().Name == "NLog")
            {
                captured = true;
                ThreadPool.UnsafeQueueUserWorkItem(_ => Configure(rank, send), null);
            }
        };
    }

    /// <summary>Logs an event that came from a rank.</summary>
    public static void Replay(Frame frame)
    {
        PayloadReader reader = frame.Reader();
        int rank = reader.ReadInt32();
        string logger = reader.ReadString() ?? "PathosHpc.Rank", level = reader.ReadString() ?? "Info", message = reader.ReadString() ?? "";
        var entry = LogEventInfo.Create(LogLevel.FromString(level), logger, CultureInfo.InvariantCulture, "[rank {Rank}] {Message}", [rank, message]);
        LogManager.GetLogger(logger).Log(entry);
    }

    private static void Configure(int rank, Action<Frame> send)
    {
        var configuration = new LoggingConfiguration();
        configuration.AddRule(LogLevel.Info, LogLevel.Fatal, new MethodCallTarget("client", (entry, _) => send(ToFrame(rank, entry))));
        LogManager.Configuration = configuration;
    }

    private static Frame ToFrame(int rank, LogEventInfo entry)
    {
        var writer = new PayloadWriter();
        writer.WriteInt32(rank);
        writer.WriteString(entry.LoggerName);
        writer.WriteString(entry.Level.Name);
        writer.WriteString(entry.Exception is null ? entry.FormattedMessage : $"{entry.FormattedMessage} {entry.Exception}");
        return new Frame(FrameKind.Log, 0, writer.Detach());
    }
}
