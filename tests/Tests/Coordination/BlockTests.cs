namespace PathosHpc.Tests;

/// <summary>Blocks: encoded and not, cut, numbered beyond 32 bits, and taken from lists.</summary>
public sealed class BlockTests
{
    private const long Far = (1L << 31) + 5;

    private struct Empty;

    [Fact]
    public void Slices_hold_what_the_block_holds()
    {
        Check([.. Enumerable.Range(0, 40)]);
        Check([.. Enumerable.Range(0, 40).Select(i => new string('x', i * 7 % 13))]);
        Check([.. Enumerable.Range(0, 40).Select(i => i % 3 == 0 ? null : new int[i])]);
        Check([.. Enumerable.Range(0, 40).Select(i => (double?)i)]);
    }

    [Fact]
    public void Items_of_no_bytes_stay_items()
    {
        Check(new Empty[5]);
        Check<string?>([null, "", null, null]);
        Check<int[]?>([null, [], null, []]);
        Check<object?>([null, null, null]);
        Check<ValueTuple>([default, default]);
    }

    [Fact]
    public void A_block_is_cut_by_bytes_to_at_least_one_item()
    {
        EncodedBlock numbers = new BlockEncoder<long>().Encode(0, new long[100]);
        Assert.Equal((1, 12, 100), (numbers.CountWithin(3), numbers.CountWithin(100), numbers.CountWithin(10_000)));
        EncodedBlock texts = new BlockEncoder<string>().Encode(0, ["a", new string('b', 1000), "c", "d"]);
        Assert.Equal(1, texts.CountWithin(0));
        Assert.Equal(1, texts.CountWithin(500));
        Assert.Equal(4, texts.CountWithin(5000));
        Assert.Equal(3, texts.Slice(1, 3).CountWithin(5000));
        Assert.Equal(1, texts.Slice(1, 3).CountWithin(100));
    }

    [Fact]
    public void A_value_that_cannot_be_encoded_leaves_the_block_as_it_was()
    {
        var encoder = new BlockEncoder<object>();
        encoder.Add("first");
        using var stream = new MemoryStream();
        Assert.Throws<CannotShipException>(() => encoder.Add(new object[] { "x", stream }));
        encoder.Add("second");
        EncodedBlock block = encoder.Take(7);
        Assert.Equal((7, 2), (block.First, block.Count));
        Assert.Equal(["first", "second"], BlockDecoder<object>.Decode(block).Values.ToArray());
    }

    [Theory, InlineData(true), InlineData(false)]
    public void A_list_gives_its_items_once(bool encode)
    {
        foreach (IList<int> items in (IList<int>[])[Enumerable.Range(0, 50).ToArray(), Enumerable.Range(0, 50).ToList(), new System.Collections.ObjectModel.Collection<int>([.. Enumerable.Range(0, 50)])])
        {
            var source = new ListSource<int>(items, encode, (_, _) => throw new InvalidOperationException());
            var taken = new List<int>();
            for (Block? block; (block = source.TryTake(7, encode ? 20 : long.MaxValue)) is not null;)
            {
                Assert.Equal(taken.Count, block.First);
                Assert.InRange(block.Count, 1, encode ? 5 : 7);
                taken.AddRange(BlockDecoder<int>.Decode(block).Values.ToArray());
                Assert.Equal((50, 50 - taken.Count), (source.Total, source.Available));
            }
            Assert.Equal(Enumerable.Range(0, 50), taken);
        }
    }

    [Fact]
    public async Task A_list_stops_at_an_item_that_cannot_be_encoded()
    {
        using var stream = new MemoryStream();
        var failed = new TaskCompletionSource<(Exception, long)>();
        var source = new ListSource<object>(["a", "b", stream, "c"], true, (e, before) => failed.SetResult((e, before)));
        Assert.Equal(2, source.TryTake(10, long.MaxValue)!.Count);
        Assert.Null(source.TryTake(10, long.MaxValue));
        (Exception error, long before) = await failed.Task.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.IsType<CannotShipException>(error);
        Assert.Equal(2, before);
    }

    /// <summary>There and back over the wire, whole, and in every slice, with an index that needs more than 32 bits.</summary>
    private static void Check<T>(T[] values)
    {
        var writer = new PayloadWriter();
        EncodedBlock block = new BlockEncoder<T>().Encode(Far, values);
        block.WriteHeader(writer);
        writer.WriteBytes(block.Values);
        EncodedBlock back = EncodedBlock.Read(new PayloadReader(writer.Detach()));
        Assert.Equal((Far, values.Length, Far + values.Length), (back.First, back.Count, back.End));
        Assert.Equal(values, BlockDecoder<T>.Decode(back).Values.ToArray());
        for (int from = 0; from < values.Length; from++)
        {
            for (int count = 1; from + count <= values.Length; count += 3)
            {
                Block slice = back.Slice(Far + from, count);
                Assert.Equal((Far + from, count), (slice.First, slice.Count));
                Assert.Equal(values.AsSpan(from, count).ToArray(), BlockDecoder<T>.Decode(slice).Values.ToArray());
                Assert.Equal(values[from..(from + 1)], BlockDecoder<T>.Decode(slice.Slice(Far + from, 1)).Values.ToArray());
            }
        }
    }
}
