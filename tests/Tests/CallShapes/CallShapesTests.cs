namespace PathosHpc.Tests.CallShapes;

/// <summary>That this file compiles pins which overload each shape of call binds to: every result is assigned to a declared type,
/// so that a shape that came to bind to another overload (a <c>Task</c> as result, say) would not compile.</summary>
public partial class CallShapesTests
{
    private static readonly int[] Numbers = [1, 2, 3, 4];
    private static readonly int[] Doubled = [2, 4, 6, 8];

    private static readonly SerialPool Shared = new();
    private readonly int factor = 2;

    [Fact]
    public async Task Lambdas()
    {
        int k = 2;
        int[] captured = await Shared.MapAsync(x => x * k, Numbers);
        int[] closed = await Shared.MapAsync(static x => x * 2, Numbers);
        int[] typed = await Shared.MapAsync((int x) => x * 2, Numbers);
        int[] statements = await Shared.MapAsync(x => { int y = x; return y * 2; }, Numbers);
        int[] withThis = await Shared.MapAsync(x => x * factor, Numbers);
        string[] otherType = await Shared.MapAsync(x => $"{x}", Numbers);
        Assert.All([captured, closed, typed, statements, withThis], r => Assert.Equal(Doubled, r));
        Assert.Equal(["1", "2", "3", "4"], otherType);
    }

    [Fact]
    public async Task Lambdas_with_a_token()
    {
        int[] plain = await Shared.MapAsync((x, token) => token.IsCancellationRequested ? 0 : x * 2, Numbers);
        int[] typed = await Shared.MapAsync((int x, CancellationToken token) => token.IsCancellationRequested ? 0 : x * 2, Numbers);
        int[] ignored = await Shared.MapAsync((x, _) => x * 2, Numbers);
        Assert.All([plain, typed, ignored], r => Assert.Equal(Doubled, r));
    }

    [Fact]
    public async Task Asynchronous_lambdas()
    {
        int[] simple = await Shared.MapAsync(async x => { await Task.Yield(); return x * 2; }, Numbers);
        int[] withToken = await Shared.MapAsync(async (x, token) => { await Task.Delay(0, token); return x * 2; }, Numbers);
        int[] notAsync = await Shared.MapAsync(x => Task.FromResult(x * 2), Numbers);
        int[] notAsyncWithToken = await Shared.MapAsync((x, token) => Task.Run(() => x * 2, token), Numbers);
        Assert.All([simple, withToken, notAsync, notAsyncWithToken], r => Assert.Equal(Doubled, r));
    }

    [Fact]
    public async Task Method_groups()
    {
        int Local(int x) => x * factor;
        static int StaticLocal(int x) => x * 2;
        int[] local = await Shared.MapAsync(Local, Numbers);
        int[] staticLocal = await Shared.MapAsync(StaticLocal, Numbers);
        int[] ofType = await Shared.MapAsync(Double, Numbers);
        int[] ofInstance = await Shared.MapAsync(Scale, Numbers);
        int[] generic = await Shared.MapAsync(Same<int>, Doubled);
        int[] extension = await Shared.MapAsync(Doubled.ElementAt, [0, 1, 2, 3]);
        Assert.All([local, staticLocal, ofType, ofInstance, generic, extension], r => Assert.Equal(Doubled, r));
    }

    [Fact]
    public async Task Method_groups_with_a_token_and_asynchronous_ones()
    {
        int[] token = await Shared.MapAsync(DoubleUnlessCanceled, Numbers);
        int[] asynchronous = await Shared.MapAsync(DoubleAsync, Numbers);
        int[] both = await Shared.MapAsync(DoubleUnlessCanceledAsync, Numbers);
        Assert.All([token, asynchronous, both], r => Assert.Equal(Doubled, r));
    }

    [Fact]
    public async Task Method_groups_of_libraries()
    {
        double[] single = await Shared.MapAsync(Math.Sqrt, [1.0, 4.0]);
        double[] overloaded = await Shared.MapAsync(Math.Abs, [-1.0, 2.0]);
        double[] pairs = await Shared.MapAsync(Math.Pow, [2.0, 3.0], [3.0, 2.0]);
        bool[] instance = await Shared.MapAsync(new HashSet<int> { 2 }.Contains, [1, 2]);
        Assert.Equal([1.0, 2.0], single);
        Assert.Equal([1.0, 2.0], overloaded);
        Assert.Equal([8.0, 9.0], pairs);
        Assert.Equal([false, true], instance);
    }

    [Fact]
    public async Task Delegates_in_variables()
    {
        Func<int, int> plain = Double;
        Func<int, CancellationToken, int> token = DoubleUnlessCanceled;
        Func<int, Task<int>> asynchronous = DoubleAsync;
        Func<object, string> contravariant = o => $"{o}";
        int[] first = await Shared.MapAsync(plain, Numbers);
        int[] second = await Shared.MapAsync(token, Numbers);
        int[] third = await Shared.MapAsync(asynchronous, Numbers);
        string[] fourth = await Shared.MapAsync(contravariant, (string[])["a", "b"]);
        Assert.All([first, second, third], r => Assert.Equal(Doubled, r));
        Assert.Equal(["a", "b"], fourth);
    }

    private static int Double(int x) => x * 2;

    private static T Same<T>(T x) => x;

    private static int DoubleUnlessCanceled(int x, CancellationToken token) => token.IsCancellationRequested ? 0 : x * 2;

    private static Task<int> DoubleAsync(int x) => Task.FromResult(x * 2);

    private static Task<int> DoubleUnlessCanceledAsync(int x, CancellationToken token) => Task.Run(() => x * 2, token);

    private int Scale(int x) => x * factor;
}
