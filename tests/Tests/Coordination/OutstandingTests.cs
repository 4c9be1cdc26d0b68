namespace PathosHpc.Tests;

/// <summary>What a link has and has not answered.</summary>
public sealed class OutstandingTests
{
    [Fact]
    public void Answers_take_items_off_in_any_order()
    {
        var outstanding = new Outstanding();
        outstanding.Add(Numbers(100, 10));
        outstanding.Add(Numbers(0, 5));
        Assert.Equal((15, 2, 60), (outstanding.Items, outstanding.Chunks, outstanding.Bytes));
        Assert.True(outstanding.TryComplete(104, 3));
        Assert.True(outstanding.TryComplete(0, 5));
        Assert.Equal((7, 1, 40), (outstanding.Items, outstanding.Chunks, outstanding.Bytes));
        Assert.Equal([(100L, 4), (107L, 3)], outstanding.Undone().Select(b => (b.First, b.Count)));
        Assert.True(outstanding.TryComplete(107, 3));
        Assert.True(outstanding.TryComplete(100, 4));
        Assert.Equal((0, 0, 0), (outstanding.Items, outstanding.Chunks, outstanding.Bytes));
    }

    [Theory]
    [InlineData(3, 3)] // twice
    [InlineData(8, 5)] // beyond the end
    [InlineData(50, 1)] // never given
    [InlineData(-1, 2)]
    [InlineData(5, 0)]
    [InlineData(5, -1)]
    [InlineData(5, int.MaxValue)]
    [InlineData(long.MaxValue, 1)]
    public void What_is_not_outstanding_is_refused_and_changes_nothing(long first, int count)
    {
        var outstanding = new Outstanding();
        outstanding.Add(Numbers(0, 10));
        outstanding.TryComplete(2, 2);
        Assert.False(outstanding.TryComplete(first, count));
        Assert.Null(outstanding.TryTakeBack(first, count));
        Assert.Equal((8, 1), (outstanding.Items, outstanding.Chunks));
    }

    [Fact]
    public void Items_given_back_may_come_again_before_the_rest_is_answered()
    {
        var outstanding = new Outstanding();
        outstanding.Add(Numbers(0, 10));
        Block back = outstanding.TryTakeBack(4, 6)!;
        Assert.Equal((4, 6, 4), (back.First, back.Count, BlockDecoder<int>.Decode(back).Values.Span[0]));
        Assert.Equal((4, 16), (outstanding.Items, outstanding.Bytes));
        outstanding.Add(back);
        Assert.True(outstanding.TryComplete(4, 6));
        Assert.True(outstanding.TryComplete(0, 4));
        Assert.Equal(0, outstanding.Items);
    }

    [Fact]
    public void Indices_may_pass_all_32_bits()
    {
        const long Far = 5_000_000_000;
        var outstanding = new Outstanding();
        outstanding.Add(Numbers(Far, 100));
        Assert.True(outstanding.TryComplete(Far + 50, 50));
        Assert.Equal([(Far, 50)], outstanding.Undone().Select(b => (b.First, b.Count)));
    }

    private static EncodedBlock Numbers(long first, int count) => new BlockEncoder<int>().Encode(first, Enumerable.Range((int)(first % 1000), count).ToArray());
}
