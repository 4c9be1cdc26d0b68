using System.Globalization;
using System.Reflection;
using NLog;
using NLog.Config;
using NLog.Targets;

namespace PathosHpc;

/// <summary>Log events of ranks: a rank sends them, its client logs them under the same name and level.</summary>
internal static class RankLog
{
    /// <summary>Sends what is logged in this process, from the first event on. The logging library is not loaded before someone logs.</summary>
    public static void Capture(int rank, Action<Frame> send)
    {
        int captured = 0;
        AppDomain.CurrentDomain.AssemblyLoad += (_, loaded) => Look(loaded.LoadedAssembly);
        foreach (Assembly assembly in AppDomain.CurrentDomain.GetAssemblies())
            Look(assembly);

        // At once, on the thread that loads the library: whoever logs on it waits for this.
        void Look(Assembly assembly)
        {
            if (assembly.FullName?.StartsWith("NLog,", StringComparison.Ordinal) == true && Interlocked.Exchange(ref captured, 1) == 0)
                Configure(rank, send);
        }
    }

    /// <summary>Tells what the script that started this process could not.</summary>
    public static void TellOfStart()
    {
        if (Environment.GetEnvironmentVariable(ProgramCopy.SharedVariable) is not { Length: > 0 } why)
            return;
        Environment.SetEnvironmentVariable(ProgramCopy.SharedVariable, null);
        LogManager.GetLogger("PathosHpc.Staging").Warn("The ranks on {Node} start from the shared folder, each for itself, and not from a copy on their node: {Why}.", Environment.MachineName, why);
    }

    /// <summary>Logs an event that came from a rank.</summary>
    public static void Replay(Frame frame)
    {
        PayloadReader reader = frame.Reader();
        int rank = reader.ReadInt32();
        string logger = reader.ReadString() ?? "PathosHpc.Rank", level = reader.ReadString() ?? "Info", message = reader.ReadString() ?? "";
        LogLevel known = LogLevel.AllLevels.FirstOrDefault(l => l.Name == level) ?? LogLevel.Info;
        var entry = LogEventInfo.Create(known, logger, CultureInfo.InvariantCulture, "[rank {Rank}] {Message}", [rank, message]);
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
