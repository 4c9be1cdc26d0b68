namespace PathosHpc.Tests.CallShapes;

// The shapes of the call itself: sequences, options, the other maps, and what must be written out.
public partial class CallShapesTests
{
    [Fact]
    public async Task Two_sequences()
    {
        int[] lambda = await Shared.MapAsync((a, b) => a + b, Numbers, Numbers);
        int[] token = await Shared.MapAsync((a, b, token) => a + b, Numbers, Numbers);
        int[] asynchronous = await Shared.MapAsync(async (a, b) => { await Task.Yield(); return a + b; }, Numbers, Numbers);
        int[] both = await Shared.MapAsync(async (a, b, token) => { await Task.Delay(0, token); return a + b; }, Numbers, Numbers);
        int[] otherTypes = await Shared.MapAsync((a, b) => a + b.Length, Numbers, (string[])["x", "xx", "xxx", "xxxx"]);
        Assert.All([lambda, token, asynchronous, both, otherTypes], r => Assert.Equal(Doubled, r));
    }

    [Fact]
    public async Task Three_sequences()
    {
        int[] lambda = await Shared.MapAsync((a, b, c) => a + b - c + c, Numbers, Numbers, Numbers);
        int[] token = await Shared.MapAsync((a, b, c, token) => a + b, Numbers, Numbers, Numbers);
        int[] asynchronous = await Shared.MapAsync((a, b, c) => Task.FromResult(a + b), Numbers, Numbers, Numbers);
        int[] both = await Shared.MapAsync((a, b, c, token) => Task.Run(() => a + b, token), Numbers, Numbers, Numbers);
        double[] group = await Shared.MapAsync(Math.FusedMultiplyAdd, [1.0, 2.0], [2.0, 2.0], [0.0, 0.0]);
        Assert.All([lambda, token, asynchronous, both], r => Assert.Equal(Doubled, r));
        Assert.Equal([2.0, 4.0], group);
    }

    [Fact]
    public async Task Inputs_of_every_kind()
    {
        int[] range = await Shared.MapAsync(x => x * 2, Enumerable.Range(1, 4));
        int[] list = await Shared.MapAsync(x => x * 2, new List<int> { 1, 2, 3, 4 });
        int[] literal = await Shared.MapAsync(x => x * 2, [1, 2, 3, 4]);
        int[] tuples = await Shared.MapAsync(p => p.A + p.B, [(A: 1, B: 1), (A: 2, B: 2), (A: 3, B: 3), (A: 4, B: 4)]);
        char[] text = await Shared.MapAsync(char.ToUpperInvariant, "abc");
        var anonymous = await Shared.MapAsync(x => new { Twice = x * 2 }, Numbers);
        Assert.All([range, list, literal, tuples], r => Assert.Equal(Doubled, r));
        Assert.Equal("ABC", new string(text));
        Assert.Equal(8, anonymous[3].Twice);
    }

    [Fact]
    public async Task Options_and_token_follow_the_sequences()
    {
        var options = new MapOptions { ChunkSize = 2 };
        int[] positional = await Shared.MapAsync(x => x * 2, Numbers, options, CancellationToken.None);
        int[] named = await Shared.MapAsync(x => x * 2, Numbers, cancellationToken: CancellationToken.None);
        int[] pairs = await Shared.MapAsync((a, b) => a + b, Numbers, Numbers, options);
        Assert.All([positional, named, pairs], r => Assert.Equal(Doubled, r));
    }

    [Fact]
    public async Task Streams()
    {
        var ordered = new List<int>();
        await foreach (int result in Shared.MapStreamAsync(x => x * 2, Numbers))
            ordered.Add(result);
        var unordered = new SortedDictionary<long, int>();
        await foreach (var (index, result) in Shared.MapUnorderedAsync(async x => { await Task.Yield(); return x * 2; }, Numbers))
            unordered.Add(index, result);
        await foreach (var (index, result) in Shared.MapUnorderedAsync(DoubleUnlessCanceled, Numbers).WithCancellation(default))
            unordered[index] = result;
        Assert.Equal(Doubled, ordered);
        Assert.Equal(Doubled, unordered.Values);
    }

    [Fact]
    public async Task One_item()
    {
        int lambda = await Shared.RunAsync(x => x * 2, 21);
        int group = await Shared.RunAsync(DoubleAsync, 21);
        int token = await Shared.RunAsync(async (x, token) => { await Task.Delay(0, token); return x * 2; }, 21);
        Assert.All([lambda, group, token], r => Assert.Equal(42, r));
    }

    [Fact]
    public void Blocking_calls()
    {
        int[] map = Shared.Map(x => x * 2, Numbers);
        int[] group = Shared.Map(Double, Numbers);
        int[] token = Shared.Map(DoubleUnlessCanceled, Numbers);
        int[] pairs = Shared.Map((a, b) => a + b, Numbers, Numbers);
        int one = Shared.Run(x => x * 2, 21);
        Assert.All([map, group, token, pairs], r => Assert.Equal(Doubled, r));
        Assert.Equal(42, one);
    }

    [Fact]
    public async Task A_lambda_that_only_throws_names_its_type()
    {
        // Without the type it would fit the synchronous and the asynchronous overload alike (CS0121).
        var failure = await Assert.ThrowsAsync<ItemFailedException>(
            () => Shared.MapAsync((Func<int, int>)(x => throw new InvalidOperationException($"item {x}")), Numbers));
        Assert.Equal("item 1", Assert.IsType<InvalidOperationException>(failure.InnerException).Message);
    }

    [Fact]
    public async Task Results_that_would_still_have_to_be_awaited_are_refused()
    {
        var valueTask = await Assert.ThrowsAnyAsync<ArgumentException>(() => Shared.MapAsync(x => new ValueTask<int>(x), Numbers));
        var bareTask = await Assert.ThrowsAnyAsync<ArgumentException>(() => Shared.MapAsync(x => Task.Delay(x), Numbers));
        Assert.Contains("ValueTask", valueTask.Message, StringComparison.Ordinal);
        Assert.Contains("Task", bareTask.Message, StringComparison.Ordinal);
    }
}
