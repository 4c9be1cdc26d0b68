using System.Collections.Concurrent;
using NLog;
using NLog.Config;
using NLog.Targets;

namespace PathosHpc.Tests;

/// <summary>What ranks print and log, at the client.</summary>
public sealed class RankVoiceTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void Lines_are_whole_however_they_are_written()
    {
        var lines = new List<RankOutputLine>();
        TextWriter console = RankConsole.New(3, true, lines.Add);
        console.Write("one");
        console.Write(' ');
        Assert.Empty(lines);
        console.WriteLine("line");
        console.Write("two\nthree\r\n\nfo");
        console.Write(['u', 'r'], 0, 2);
        console.WriteLine();
        console.WriteLine(5);
        console.Write("rest");
        console.Flush();
        console.Flush();
        Assert.Equal(["one line", "two", "three", "", "four", "5", "rest"], lines.Select(l => l.Text));
        Assert.All(lines, l => Assert.Equal((3, true), (l.Rank, l.IsError)));
    }

    [Fact]
    public void A_tail_keeps_the_last_lines()
    {
        var tail = new TailBuffer(3);
        Assert.Equal((" It printed nothing.", ""), (tail.AsQuote(), tail.ToString()));
        for (int i = 0; i < 10; i++)
            tail.Add("line " + i);
        Assert.Equal($"line 7{Environment.NewLine}line 8{Environment.NewLine}line 9", tail.ToString());
        Assert.Contains("line 9", tail.AsQuote(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_function_prints_comes_line_by_line_and_its_rest_at_the_end()
    {
        var lines = new ConcurrentQueue<RankOutputLine>();
        await using var pool = new ProcessPool(new ProcessPoolOptions { Workers = 1, Output = RankOutput.To(lines.Enqueue) });
        await pool.MapAsync(x =>
        {
            Console.Write("item ");
            Console.WriteLine(x);
            if (x == 2)
                Console.Write("begun and not ended");
            Console.Error.WriteLine("error " + x);
            return x;
        }, new[] { 1, 2 }).WaitAsync(Patience);
        Assert.True(SpinWait.SpinUntil(() => lines.Count == 5, Patience), $"{lines.Count} lines came.");
        Assert.Equal(["item 1", "item 2", "begun and not ended"], lines.Where(l => !l.IsError).Select(l => l.Text));
        Assert.Equal(["error 1", "error 2"], lines.Where(l => l.IsError).Select(l => l.Text));
    }

    [Fact]
    public async Task A_receiver_that_throws_costs_nothing_but_the_line()
    {
        await using var pool = new ProcessPool(new ProcessPoolOptions { Workers = 1, Output = RankOutput.To(_ => throw new InvalidDataException("no")) });
        int[] results = await pool.MapAsync(x => { Console.WriteLine(x); return x; }, Enumerable.Range(0, 20)).WaitAsync(Patience);
        Assert.Equal(Enumerable.Range(0, 20), results);
        Assert.Equal(20, pool.Statistics.Items);
    }

    [Fact]
    public async Task What_a_rank_logs_reaches_the_clients_log_from_the_first_event_on()
    {
        var events = new ConcurrentQueue<LogEventInfo>();
        LoggingConfiguration? before = LogManager.Configuration;
        try
        {
            var configuration = new LoggingConfiguration();
            configuration.AddRule(LogLevel.Trace, LogLevel.Fatal, new MethodCallTarget("test", (entry, _) => events.Enqueue(entry)), "Rank.Voice");
            LogManager.Configuration = configuration;
            await using var pool = new ProcessPool(1);
            await pool.MapAsync(x =>
            {
                LogManager.GetLogger("Rank.Voice").Warn("event {Number}", x);
                return x;
            }, new[] { 1, 2, 3 }).WaitAsync(Patience);
            Assert.True(SpinWait.SpinUntil(() => events.Count == 3, Patience), $"{events.Count} events came.");
            Assert.Equal(["[rank 0] event 1", "[rank 0] event 2", "[rank 0] event 3"], events.Select(e => e.FormattedMessage));
            Assert.All(events, e => Assert.Equal((LogLevel.Warn, "Rank.Voice"), (e.Level, e.LoggerName)));
        }
        finally
        {
            LogManager.Configuration = before;
        }
    }

    [Fact]
    public void A_log_frame_of_version_1_is_read()
    {
        // Level "Loud" exists nowhere; the event is told all the same.
        foreach (string level in (string[])["095761726E", "094C6F7564"])
            RankLog.Replay(new Frame(FrameKind.Log, 0, new Payload(Convert.FromHexString("02000000" + "114170702E50617274" + level + "0974657874"))));
    }
}
