namespace PathosHpc.Tests;

[Collection(AloneCollection.Name)]
public sealed class StatelessFunctionTests() : ShippingTest(CodecPath.Automatic)
{
    [Fact]
    public void What_captured_nothing_is_written_and_read_once()
    {
        foreach (Func<int, int> f in new Func<int, int>[] { static x => x + 1, Library.Twice })
        {
            Payload first = Written(f).Payload, second = Written(f).Payload;
            Assert.Same(first, second);
            object read = FunctionShipping.Decode(first);
            Assert.Same(read, FunctionShipping.Decode(new Payload(first.ToArray())));
            Assert.Equal(f(3), ((SyncFunction<int, int>)read).Function(3));
        }
    }

    [Fact]
    public void What_captured_something_is_written_and_read_anew()
    {
        int k = 1;
        Func<int, int> f = x => x + k;
        Payload first = Written(f).Payload;
        k = 2;
        Assert.Equal([4, 5], new[] { first, Written(f).Payload }.Select(payload => ((SyncFunction<int, int>)FunctionShipping.Decode(payload)).Function(3)));
        Assert.NotSame(FunctionShipping.Decode(first), FunctionShipping.Decode(first));
        Func<int, double> ofObject = new Solver(1).Solve;
        Assert.NotSame(Written(ofObject).Payload, Written(ofObject).Payload);
        Func<int, int> both = static x => x + 1;
        both += f;
        Assert.NotSame(Written(both).Payload, Written(both).Payload);
    }

    [Fact]
    public void A_delegate_in_two_shapes_is_two_functions()
    {
        Func<int, CancellationToken, int> f = static (x, cancellationToken) => x + (cancellationToken.CanBeCanceled ? 1 : 0);
        var withToken = new SyncTokenFunction<int, int>(f);
        var ofPairs = new SyncFunction<int, CancellationToken, int>(f);
        for (int i = 0; i < 2; i++)
        {
            Assert.IsType<SyncTokenFunction<int, int>>(FunctionShipping.Decode(FunctionShipping.Encode(withToken, false).Payload));
            Assert.IsType<SyncFunction<int, CancellationToken, int>>(FunctionShipping.Decode(FunctionShipping.Encode(ofPairs, false).Payload));
        }
    }

    [Fact]
    public void Warnings_and_strictness_stay()
    {
        Func<int, int> f = Library.ReadsCounter;
        for (int i = 0; i < 2; i++)
        {
            Assert.Single(Warnings(f));
            Assert.Throws<CannotShipException>(() => FunctionShipping.Encode(new SyncFunction<int, int>(f), strict: true));
        }
    }

    [Fact]
    public void Only_so_many_are_kept_of_those_that_were_read()
    {
        Payload first = Written<int, int>(static x => x + 1).Payload;
        object read = FunctionShipping.Decode(first);
        foreach (Func<int, int> f in new Func<int, int>[]
        {
            static x => x, static x => 1 * x, static x => 2 * x, static x => 3 * x, static x => 4 * x, static x => 5 * x, static x => 6 * x, static x => 7 * x,
            static x => 8 * x, static x => 9 * x, static x => 10 * x, static x => 11 * x, static x => 12 * x, static x => 13 * x, static x => 14 * x, static x => 15 * x,
        })
        {
            FunctionShipping.Decode(Written(f).Payload);
        }
        Assert.NotSame(read, FunctionShipping.Decode(first));
    }
}
