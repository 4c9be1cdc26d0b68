using System.Collections;

namespace PathosHpc.Tests;

/// <summary>Reading inputs ahead: lazily, within bounds, and never in the way of what was read.</summary>
public sealed class FeedSourceTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Theory, InlineData(true), InlineData(false)]
    public async Task All_items_come_in_order_and_then_the_end(bool encode)
    {
        using var input = new Input<int>(Enumerable.Range(0, 10_000));
        var source = input.Source(encode);
        Assert.Equal(Enumerable.Range(0, 10_000), Take<int>(source, 10_000));
        Assert.Equal(10_000, await input.Ended.Task.WaitAsync(Patience));
        Assert.Equal((10_000, 0), (source.Total, source.Available));
        Assert.Equal(1, input.Disposals);
    }

    [Fact]
    public void No_more_is_read_than_is_wanted()
    {
        long room = 10;
        using var input = new Input<int>(Forever());
        var source = input.Source(encode: false, lookAhead: read => Interlocked.Read(ref room) - read);
        Assert.Equal(Enumerable.Range(0, 10), Take<int>(source, 10));
        Assert.Equal(10, input.Read);
        Assert.Null(source.TryTake(1, long.MaxValue));
        Interlocked.Exchange(ref room, 12);
        Assert.Equal([10, 11], Take<int>(source, 2));
        Assert.Equal(12, input.Read);
        Assert.Null(source.Total);
    }

    [Fact]
    public async Task What_nobody_takes_is_not_read_far_ahead()
    {
        using var input = new Input<int>(Forever());
        _ = input.Source(encode: true);
        await Task.Delay(200);
        Assert.InRange(input.Read, 1, 64);
    }

    [Fact]
    public void Bytes_read_ahead_are_bounded()
    {
        using var input = new Input<byte[]>(Enumerable.Range(0, 1000).Select(_ => new byte[1 << 20]));
        var source = input.Source(encode: true);
        _ = source.TryTake(1000, 1);
        for (long until = Environment.TickCount64 + 5000; input.Read < 30 && Environment.TickCount64 < until;)
        {
            _ = source.TryTake(1000, 1);
            Thread.Sleep(1);
        }
        int taken = (int)(input.Read - source.Available);
        Thread.Sleep(100);
        Assert.InRange(input.Read - taken, 1, 40);
    }

    /// <summary>Blocks of a long item and many short ones, the long one taken alone: the count of bytes must come back to none, or reading stops
    /// for ever when what is left over has added up to the limit.</summary>
    [Fact]
    public void Uneven_items_do_not_use_up_the_room()
    {
        const int Rounds = 80, Ahead = 64;
        string longItem = new('x', 1_000_000);
        using var input = new Input<string>(Enumerable.Range(0, Rounds * Ahead).Select(i => i % Ahead == 0 ? longItem : "s"));
        var source = input.Source(encode: true);
        for (int round = 0; round < Rounds; round++)
        {
            Assert.True(SpinWait.SpinUntil(() => source.Available == Ahead, Patience), $"Round {round}: only {source.Available} items were read ahead.");
            for (int left = Ahead, most = 1; left > 0; most = Ahead / 2)
                left -= source.TryTake(Math.Min(most, left), long.MaxValue)!.Count;
        }
    }

    [Theory, InlineData(null), InlineData(1), InlineData(3)]
    public void An_enumerator_that_blocks_keeps_no_earlier_item(int? chunkSize)
    {
        using var gate = new ManualResetEventSlim();
        using var blocked = new ManualResetEventSlim();
        using var input = new Input<int>(Blocking());
        var source = input.Source(encode: true, chunkSize: chunkSize);
        blocked.Wait(Patience);
        Assert.Equal([0, 1, 2], Take<int>(source, 3));
        Assert.Equal(3, input.Read);
        gate.Set();
        Assert.Equal([3], Take<int>(source, 1));

        IEnumerable<int> Blocking()
        {
            for (int i = 0; i < 3; i++)
                yield return i;
            blocked.Set();
            gate.Wait(Patience);
            yield return 3;
        }
    }

    [Fact]
    public async Task A_failing_enumerator_is_told_with_what_came_before_and_disposed_once()
    {
        using var input = new Input<int>(Broken());
        var source = input.Source(encode: true);
        (Exception error, long before) = await input.Failed.Task.WaitAsync(Patience);
        Assert.Equal(("broken", 5), (error.Message, before));
        Assert.Equal([0, 1, 2, 3, 4], Take<int>(source, 5));
        Assert.Equal(1, input.Disposals);

        static IEnumerable<int> Broken()
        {
            for (int i = 0; i < 5; i++)
                yield return i;
            throw new InvalidDataException("broken");
        }
    }

    [Fact]
    public async Task An_item_that_cannot_be_encoded_is_told_with_what_came_before()
    {
        using var stream = new MemoryStream();
        using var input = new Input<object>(["a", "b", stream, "c"]);
        var source = input.Source(encode: true);
        (Exception error, long before) = await input.Failed.Task.WaitAsync(Patience);
        Assert.IsType<CannotShipException>(error);
        Assert.Equal(2, before);
        Assert.Equal(["a", "b"], Take<object>(source, 2));
        Assert.Equal(1, input.Disposals);
    }

    [Fact]
    public void Stopping_disposes_the_enumerator_once_and_tells_no_end()
    {
        using var input = new Input<int>(Forever());
        var source = input.Source(encode: false);
        Take<int>(source, 3);
        source.Stop();
        Assert.True(SpinWait.SpinUntil(() => input.Disposals == 1, Patience));
        Thread.Sleep(50);
        Assert.Equal(1, input.Disposals);
        Assert.False(input.Ended.Task.IsCompleted);
        Assert.False(input.Failed.Task.IsCompleted);
    }

    [Fact]
    public void Chunks_of_a_fixed_size_are_whole()
    {
        using var input = new Input<int>(Enumerable.Range(0, 100));
        var source = input.Source(encode: true, chunkSize: 7);
        var sizes = new List<int>();
        for (int count = 0; count < 100;)
        {
            if (source.TryTake(7, long.MaxValue) is not { } block)
                continue;
            sizes.Add(block.Count);
            count += block.Count;
        }
        Assert.Equal([.. Enumerable.Repeat(7, 14), 2], sizes);
    }

    private static IEnumerable<int> Forever()
    {
        for (int i = 0; ; i++)
            yield return i;
    }

    private static List<T> Take<T>(FeedSource<T> source, int count)
    {
        var taken = new List<T>();
        for (long until = Environment.TickCount64 + (long)Patience.TotalMilliseconds; taken.Count < count; Thread.Yield())
        {
            Assert.True(Environment.TickCount64 < until, $"Only {taken.Count} of {count} items came.");
            if (source.TryTake(count - taken.Count, long.MaxValue) is not { } block)
                continue;
            taken.AddRange(BlockDecoder<T>.Decode(block).Values.ToArray());
        }
        return taken;
    }

    /// <summary>An input that counts what is done to it.</summary>
    private sealed class Input<T>(IEnumerable<T> items) : IEnumerable<T>, IDisposable
    {
        private FeedSource<T>? source;
        private long read;
        private int disposals;

        public long Read => Interlocked.Read(ref read);

        public int Disposals => Volatile.Read(ref disposals);

        public TaskCompletionSource<long> Ended { get; } = new();

        public TaskCompletionSource<(Exception, long)> Failed { get; } = new();

        public FeedSource<T> Source(bool encode, int? chunkSize = null, Func<long, long>? lookAhead = null)
        {
            source = new FeedSource<T>(encode, chunkSize, lookAhead ?? (_ => long.MaxValue), () => { }, (e, before) => Failed.SetResult((e, before)), Ended.SetResult, _ => { });
            source.Start(this);
            return source;
        }

        public IEnumerator<T> GetEnumerator()
        {
            using IEnumerator<T> inner = items.GetEnumerator();
            try
            {
                while (inner.MoveNext())
                {
                    Interlocked.Increment(ref read);
                    yield return inner.Current;
                }
            }
            finally
            {
                Interlocked.Increment(ref disposals);
            }
        }

        public void Dispose() => source?.Stop();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
