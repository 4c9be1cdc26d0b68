namespace PathosHpc.Tests;

/// <summary>Known answers of Philox4x32-10 (Random123's kat_vectors), and the first values of streams, frozen: they depend on seed and index alone,
/// for ever. The streams' values were computed apart from this code.</summary>
public sealed class PhiloxRandomTests
{
    [Fact]
    public void Blocks_are_the_published_ones()
    {
        Assert.Equal((0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u), PhiloxRandom.Block(0, 0, 0, 0, 0, 0));
        const uint Ones = uint.MaxValue;
        Assert.Equal((0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu), PhiloxRandom.Block(Ones, Ones, Ones, Ones, Ones, Ones));
        Assert.Equal((0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u),
            PhiloxRandom.Block(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0));
    }

    [Fact]
    public void Streams_begin_as_they_always_did()
    {
        Assert.Equal([265821729, 1288020743, 987568619, 1121408497, 1971292471], Draw(5, r => r.Next()));
        Assert.Equal([0.12378288865847975, 0.5997813977679967, 0.45987247503069095, 0.5221965247931174], Draw(4, r => r.NextDouble()));
        Assert.Equal([0.5925801992416382f, 0.12378287315368652f], Draw(2, r => r.NextSingle()));
        Assert.Equal([1, 4, 3, 4, 6, 3, 4, 1, 4, 4], Draw(10, r => r.Next(1, 7)));
        var bytes = new byte[11];
        New().NextBytes(bytes);
        Assert.Equal("D956B397423CB01FE896A7", Convert.ToHexString(bytes));

        var far = new PhiloxRandom(0xFEDCBA9876543210, (1ul << 33) + 5);
        Assert.Equal((0.6339697796020536, 0.7544732312906982, 6035802636019816256), (far.NextDouble(), far.NextDouble(), far.NextInt64()));
    }

    [Fact]
    public void Ranges_hold_and_are_even()
    {
        var random = New();
        var counts = new int[10];
        for (int i = 0; i < 100_000; i++)
            counts[random.Next(-5, 5) + 5]++;
        Assert.All(counts, c => Assert.InRange(c, 9_500, 10_500));
        Assert.Equal((0, 3, 0L, 9L), (random.Next(0), random.Next(3, 3), random.NextInt64(0), random.NextInt64(9, 9)));
        for (int i = 0; i < 1000; i++)
        {
            Assert.InRange(random.Next(int.MinValue, int.MaxValue), int.MinValue, int.MaxValue - 1);
            Assert.InRange(random.NextInt64(long.MinValue, long.MaxValue), long.MinValue, long.MaxValue - 1);
            Assert.InRange(random.NextDouble(), 0, 1 - double.Epsilon);
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => random.Next(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.Next(3, 2));
    }

    [Fact]
    public void A_context_has_one_stream_an_item()
    {
        var context = new MapContext(2, 4, 1, 2, "node", 7, default);
        context.MoveTo(3);
        Assert.Equal(0.12378288865847975, context.Random.NextDouble());
        Assert.Equal(0.5997813977679967, context.Random.NextDouble());
        context.MoveTo(4);
        Assert.Equal(new PhiloxRandom(7, 4).NextDouble(), context.Random.NextDouble());
        context.MoveTo(3);
        Assert.Equal(0.12378288865847975, context.Random.NextDouble());
        Assert.Equal((3, 2, 4, 1, 2, "node"), (context.Index, context.Rank, context.Size, context.LocalRank, context.LocalSize, context.Node));
        Assert.Null(MapContext.Current);
    }

    private static PhiloxRandom New() => new(7, 3);

    private static T[] Draw<T>(int count, Func<PhiloxRandom, T> next)
    {
        PhiloxRandom random = New();
        return [.. Enumerable.Range(0, count).Select(_ => next(random))];
    }
}
