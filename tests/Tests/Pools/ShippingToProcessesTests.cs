using System.Collections.Concurrent;
using NLog;
using NLog.Config;
using NLog.Targets;

namespace PathosHpc.Tests;

/// <summary>What a pool of other processes says of functions before it starts any process, and where lines go that items print.</summary>
public sealed class ShippingToProcessesTests : IDisposable
{
    private static int setting = 3;
    private readonly TemporaryFolder folder = new("shipping");

    public ShippingToProcessesTests() => setting = 4;

    public void Dispose() => folder.Dispose();

    private ProcessPool NewPool() => new(new ProcessPoolOptions { Workers = 1, WorkFolder = folder.Path });

    /// <summary>A pool makes its private folder before its first process.</summary>
    private bool HasStarted => Directory.EnumerateFileSystemEntries(folder.Path).Any();

    [Fact]
    public async Task Statics_read_and_captures_written_are_warned_of_in_the_log()
    {
        var log = new MemoryTarget { Layout = "${logger}|${level}|${message}" };
        var configuration = new LoggingConfiguration();
        configuration.AddRule(LogLevel.Warn, LogLevel.Fatal, log, "PathosHpc.*");
        LogManager.Configuration = configuration;
        try
        {
            await using ProcessPool pool = NewPool();
            int written = 0;
            Assert.Equal((int[])[4, 5], await pool.MapAsync(x => { written = x; return x + setting; }, [1, 2]));
            Assert.Equal(0, written);
            Assert.Single(log.Logs, line => line.StartsWith("PathosHpc.Pool|Warn|", StringComparison.Ordinal) && line.Contains("ShippingToProcessesTests.setting", StringComparison.Ordinal));
            Assert.Single(log.Logs, line => line.StartsWith("PathosHpc.Pool|Warn|", StringComparison.Ordinal) && line.Contains("'written'", StringComparison.Ordinal));
        }
        finally
        {
            LogManager.Configuration = null;
        }
    }

    [Fact]
    public async Task Strict_refuses_before_any_process_is_started()
    {
        await using ProcessPool pool = NewPool();
        var strict = new MapOptions { Strict = true };
        int written = 0;
        Assert.Contains("setting", Assert.Throws<CannotShipException>(() => { _ = pool.MapAsync(x => x + setting, [1], strict); }).Message, StringComparison.Ordinal);
        Assert.Contains("'written'", Assert.Throws<CannotShipException>(() => { _ = pool.MapStreamAsync(x => written = x, [1], strict); }).Message, StringComparison.Ordinal);
        Assert.False(HasStarted);
        Assert.Equal((int[])[2], await pool.MapAsync(x => x + 1, [1], strict));
        Assert.True(HasStarted);
        Assert.Equal(0, written);
    }

    [Fact]
    public async Task What_cannot_travel_is_refused_before_any_process_is_started()
    {
        await using ProcessPool pool = NewPool();
        using var file = new FileStream(Environment.ProcessPath!, FileMode.Open, FileAccess.Read);
        var refused = Assert.Throws<CannotShipException>(() => { _ = pool.MapAsync(x => x + file.Length, [1L]); });
        Assert.Equal(typeof(FileStream), refused.OffendingType);
        Assert.Contains("captured variable 'file'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("captured variable 'pool'", Assert.Throws<CannotShipException>(() => { _ = pool.RunAsync(x => x + pool.Size, 1); }).Message, StringComparison.Ordinal);
        Assert.False(HasStarted);
    }

    [Fact]
    public async Task Lines_that_items_print_go_where_their_map_says()
    {
        var (all, own) = (new ConcurrentQueue<RankOutputLine>(), new ConcurrentQueue<RankOutputLine>());
        await using var pool = new ProcessPool(new ProcessPoolOptions { Workers = 2, Output = RankOutput.To(all.Enqueue) });
        var options = new MapOptions { ChunkSize = 1, Output = RankOutput.To(own.Enqueue) };
        await pool.MapAsync(x => { Console.WriteLine($"item {x}"); Console.Error.WriteLine($"error {x}"); return x; }, [1, 2, 3], options);
        await pool.MapAsync(x => { Console.WriteLine($"other {x}"); return x; }, [1, 2, 3]);
        Assert.Equal(["error 1", "error 2", "error 3", "item 1", "item 2", "item 3"], own.Select(line => line.Text).Order());
        Assert.All(own, line => Assert.Equal(line.Text.StartsWith("error", StringComparison.Ordinal), line.IsError));
        Assert.Equal(["other 1", "other 2", "other 3"], all.Select(line => line.Text).Order());
    }
}
