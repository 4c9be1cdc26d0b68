using System.Net.Sockets;
using System.Reflection;

namespace PathosHpc.Tests;

/// <summary>Large arrays that functions capture: their bytes come behind the function, in parts of any length.</summary>
[Collection(AloneCollection.Name)]
public sealed class LargeArrayTests
{
    private static readonly double[] Numbers = [.. Enumerable.Range(0, 100_000).Select(i => i / 3.0)];
    private static readonly bool[] Flags = [.. Enumerable.Range(0, 1 << 18).Select(i => i % 3 == 0)];
    private static readonly (int, DateTime)[] Pairs = [.. Enumerable.Range(0, 40_000).Select(i => (i, DateTime.UnixEpoch.AddDays(i)))];

    /// <summary>No more than so much memory is kept: what other tests have left there is taken out first.</summary>
    public LargeArrayTests()
    {
        const BindingFlags Hidden = BindingFlags.NonPublic | BindingFlags.Static;
        ((Dictionary<int, Stack<byte[]>>)typeof(RecycledArrays).GetField("kept", Hidden)!.GetValue(null)!).Clear();
        typeof(RecycledArrays).GetField("keptBytes", Hidden)!.SetValue(null, 0L);
    }

    [Theory]
    [InlineData(1 << 30)]
    [InlineData(1 << 19)]
    [InlineData(100_003)]
    [InlineData(17)]
    public void They_are_filled_by_parts_of_any_length(int step)
    {
        ShippedFunction shipped = Ship();
        long start = shipped.Payload.Length - shipped.ArrayBytes;
        Assert.Equal((Numbers.Length * 8L) + Flags.Length + (Pairs.Length * 16L), shipped.ArrayBytes);
        var arriving = new ArrivingFunction(shipped.Payload.Slice(0, start), shipped.ArrayBytes);
        object? function = null;
        for (long at = start; at < shipped.Payload.Length; at += step)
        {
            Assert.Null(function);
            function = arriving.Take(shipped.Payload.Slice(at, Math.Min(step, shipped.Payload.Length - at)));
        }
        Check(function!);
        Check(FunctionShipping.Decode(shipped.Payload));
        Check(FunctionShipping.Decode(new Payload(shipped.Payload.ToArray())));
    }

    [Fact]
    public void Bytes_that_are_not_as_many_as_announced_are_refused()
    {
        ShippedFunction shipped = Ship();
        long start = shipped.Payload.Length - shipped.ArrayBytes;
        Payload graph = shipped.Payload.Slice(0, start), arrays = shipped.Payload.Slice(start, shipped.ArrayBytes);
        Assert.Throws<MalformedPayloadException>(() => new ArrivingFunction(graph, shipped.ArrayBytes + 1));
        Assert.Throws<MalformedPayloadException>(() => new ArrivingFunction(graph, shipped.ArrayBytes - 1));
        Assert.Throws<MalformedPayloadException>(() => new ArrivingFunction(shipped.Payload, 0));
        Assert.Throws<MalformedPayloadException>(() => FunctionShipping.Decode(graph));
        Assert.Throws<MalformedPayloadException>(() => FunctionShipping.Decode(shipped.Payload.Slice(0, shipped.Payload.Length - 1)));
        Assert.Throws<MalformedPayloadException>(() => new ArrivingFunction(graph, shipped.ArrayBytes).Take(new Payload([.. arrays.Segments, new byte[1].AsMemory()])));
    }

    [Fact]
    public void Parts_are_kept_until_the_last_link_has_begun_and_given_away_from_then_on()
    {
        var function = new TravellingFunction(new Payload(new byte[1]), 3);
        Payload early = Own(), late = Own(), last = Own();
        function.Add(early, 1);
        function.Went(2);
        function.ForgetIfGone();
        Assert.Equal([early], function.Parts);
        function.Went(2);
        function.ForgetIfGone();
        Assert.Empty(function.Parts);
        function.Add(late, 2);
        function.Add(last, 1);
        Assert.Empty(function.Parts);
        Assert.Equal((false, true, true), (early.IsGivenAway, late.IsGivenAway, last.IsGivenAway));
        Assert.Throws<LinkException>(() => function.Add(Own(), 1));
    }

    [Fact]
    public void Memory_that_several_send_is_used_again_after_the_last()
    {
        byte[] array = RecycledArrays.Rent(3_300_000);
        Payload part = Payload.OfOwn(array, 3_300_000);
        part.GiveAway(3);
        part.Recycle();
        part.Recycle();
        Assert.NotSame(array, RecycledArrays.Rent(3_300_000));
        part.Recycle();
        part.Recycle();
        Assert.True(IsRented(array));
    }

    [Fact]
    public void In_items_of_an_array_or_list_they_are_not_copied_and_lie_last()
    {
        (string, double[], int[], double[])[] items = [.. Enumerable.Range(0, 3).Select(i => ($"item {i}", Numbers, new[] { i }, i == 1 ? Numbers : [.. Numbers]))];
        var encoder = new BlockEncoder<(string, double[], int[], double[])>(inPlace: true);
        Assert.Throws<CannotShipException>(() => new BlockEncoder<(double[], object)>(inPlace: true).Add((Numbers, Console.Out)));
        foreach (var item in items)
            encoder.Add(item);
        EncodedBlock sent = encoder.Take(5);
        long before = GC.GetAllocatedBytesForCurrentThread();
        encoder.Add(items[0]);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000);
        var copied = new BlockEncoder<(string, double[], int[], double[])>();
        foreach (EncodedBlock block in (EncodedBlock[])[sent, copied.Encode(5, items), (EncodedBlock)sent.Slice(6, 2)])
        {
            ReadOnlySpan<(string, double[], int[], double[])> read = BlockDecoder<(string, double[], int[], double[])>.Decode(block).Values.Span;
            for (int i = 0; i < read.Length; i++)
            {
                (string name, double[] numbers, int[] few, double[] more) = items[block.First - 5 + i];
                Assert.Equal((name, few[0], ReferenceEquals(numbers, more)), (read[i].Item1, read[i].Item3[0], ReferenceEquals(read[i].Item2, read[i].Item4)));
                Assert.True(read[i].Item2.AsSpan().SequenceEqual(numbers) && read[i].Item4.AsSpan().SequenceEqual(more));
            }
        }
    }

    [Fact]
    public void Memory_of_items_is_used_again_when_all_are_answered_and_sent()
    {
        byte[] array = RecycledArrays.Rent(3_300_000);
        Payload frame = Payload.OfOwn(array, 3_300_000);
        var block = new EncodedBlock(0, 33, 100_000, new Payload(array.AsMemory(0, 3_300_000)));
        block.Values.Memory = new BlockMemory(frame, 33);
        var outstanding = new Outstanding();
        outstanding.Add(block.Slice(0, 20));
        outstanding.Add(block.Slice(20, 13));
        ((EncodedBlock)block.Slice(20, 13)).Values.Memory!.Hold();
        Assert.True(outstanding.TryComplete(0, 15));
        Block again = outstanding.TryTakeBack(15, 5)!;
        Assert.True(outstanding.TryComplete(20, 13));
        outstanding.Add(again);
        Assert.True(outstanding.TryComplete(15, 5));
        Assert.False(outstanding.TryComplete(15, 5));
        Assert.NotSame(array, RecycledArrays.Rent(3_300_000));
        block.Values.Memory.Release(1);
        Assert.True(IsRented(array));
    }

    [Fact]
    public void Memory_of_items_that_were_answered_is_not_used_again_while_a_socket_still_sends_it()
    {
        const int Length = 2_400_000;
        byte[] array = RecycledArrays.Rent(Length);
        var block = new EncodedBlock(0, 24, Length / 24, Payload.OfOwn(array, Length));
        block.RecycleWhenAnswered(block.Values);
        (Socket one, Socket other) = Wire.Pair();
        using (other)
        using (var carrier = new SocketCarrier(one))
        {
            Assert.False(MapFrames.SendItems(carrier, 1, block, mayReturn: false));
            block.Values.Memory!.Release(24);
            Assert.NotSame(array, RecycledArrays.Rent(Length));
            var drained = new byte[1 << 16];
            while (!carrier.Flush())
                Assert.NotEqual(0, other.Receive(drained));
            Assert.True(IsRented(array));
        }
    }

    [Fact]
    public void Memory_of_items_of_a_session_is_never_used_again_since_a_new_stream_may_carry_it()
    {
        const int Length = 2_400_000;
        byte[] array = RecycledArrays.Rent(Length);
        var block = new EncodedBlock(0, 24, Length / 24, Payload.OfOwn(array, Length));
        block.RecycleWhenAnswered(block.Values);
        using var session = new Session(Guid.NewGuid());
        MapFrames.SendItems(session, 1, block, mayReturn: false);
        block.Values.Memory!.Release(24);
        Assert.False(IsRented(array));
    }

    [Fact]
    public void A_buffer_that_was_outgrown_is_used_again()
    {
        const int Length = 2_400_000;
        byte[] array = RecycledArrays.Rent(Length);
        RecycledArrays.Return(array);
        var writer = new PayloadWriter();
        writer.EnsureRoom(Length);
        writer.EnsureRoom(2 * Length);
        Assert.True(IsRented(array));
    }

    [Fact]
    public void No_more_memory_is_kept_than_a_large_map_uses()
    {
        const int Length = 4 << 20, Kept = 16;
        byte[][] arrays = [.. Enumerable.Range(0, Kept + 4).Select(_ => GC.AllocateUninitializedArray<byte>(Length))];
        Array.ForEach(arrays, RecycledArrays.Return);
        byte[][] rented = [.. arrays.Select(_ => RecycledArrays.Rent(Length))];
        Assert.Equal(Kept, rented.Count(array => Array.Exists(arrays, own => ReferenceEquals(own, array))));
    }

    /// <summary>Whether an array comes out again. Arrays with the same bytes are equal to xunit, so the very array is looked for.</summary>
    private static bool IsRented(byte[] array) => Enumerable.Range(0, 12).Select(_ => RecycledArrays.Rent(array.Length)).ToArray().Any(rented => ReferenceEquals(rented, array));

    private static Payload Own() => Payload.OfOwn(new byte[1], 1);

    private static ShippedFunction Ship()
    {
        double[] numbers = Numbers, same = Numbers;
        bool[] flags = Flags;
        (int, DateTime)[] pairs = Pairs;
        int[] few = [1, 2];
        return FunctionShipping.Encode(new SyncFunction<int, (double[], double[], bool[], (int, DateTime)[], int[])>(_ => (numbers, same, flags, pairs, few)), strict: false);
    }

    private static void Check(object function)
    {
        (double[] numbers, double[] same, bool[] flags, (int, DateTime)[] pairs, int[] few) = ((SyncFunction<int, (double[], double[], bool[], (int, DateTime)[], int[])>)function).Function(0);
        Assert.Same(numbers, same);
        Assert.NotSame(Numbers, numbers);
        Assert.True(numbers.AsSpan().SequenceEqual(Numbers));
        Assert.True(flags.AsSpan().SequenceEqual(Flags));
        Assert.True(pairs.AsSpan().SequenceEqual(Pairs));
        Assert.Equal((int[])[1, 2], few);
    }
}
