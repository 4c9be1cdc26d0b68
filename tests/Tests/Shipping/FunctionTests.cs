using System.Collections.Immutable;
using System.Numerics;
using System.Text;

namespace PathosHpc.Tests;

public abstract class FunctionTests : ShippingTest
{
    private protected FunctionTests(CodecPath path) : base(path) { }

    [Fact]
    public void Captured_locals_travel_as_copies()
    {
        int k = 3;
        double[] weights = [1, 2, 3];
        string name = "w";
        Func<int, string> back = Send((int x) => $"{name}{k * weights[x]}");
        k = 100;
        weights[1] = 100;
        Assert.Equal("w6", back(1));
    }

    [Fact]
    public void Static_lambda() => Assert.Equal(8, Send(static (int x) => x + 1)(7));

    [Fact]
    public void Nested_lambdas_over_several_scopes()
    {
        int a = 1;
        Func<int, Func<int, int>> make;
        {
            int b = 10;
            make = x =>
            {
                int c = 100;
                return y => a + b + c + x + y;
            };
        }
        Assert.Equal(1 + 10 + 100 + 1000 + 10000, Send(make)(1000)(10000));
        Assert.Equal(1 + 10 + 100 + 1000 + 10000, Send(make(1000))(10000));
    }

    [Fact]
    public void Local_functions()
    {
        int k = 4;
        int Times(int x) => k * x;
        static int Plus(int x) => x + 1;
        Assert.Equal(12, Send<int, int>(Times)(3));
        Assert.Equal(4, Send<int, int>(Plus)(3));
        Assert.Equal(13, Send((int x) => Plus(Times(x)))(3));
    }

    [Fact]
    public void Recursive_lambda_captures_itself()
    {
        Func<int, int> factorial = null!;
        factorial = n => n < 2 ? 1 : n * factorial(n - 1);
        Func<int, int> back = Send(factorial);
        Assert.Equal(120, back(5));
        Assert.Same(back, Captured(back, "factorial"));
    }

    [Fact]
    public void Method_groups()
    {
        Assert.Equal(6, Send<int, int>(Library.Twice)(3));
        Assert.Equal(1.0, Send<double, double>(Math.Cos)(0));
        Assert.Equal(7, Send<string, int>(int.Parse)("7"));
        Assert.Equal("3", Send<int, string>(Convert.ToString)(3));
        Assert.Equal(5, Send<int, int>("abc".AddLength)(2));
        Assert.Equal("x", Send<string, string>(Library.Same)("x"));
        Assert.Equal(6, Send<int[], int>(Enumerable.Sum)([1, 2, 3]));
        Assert.Equal("Int323", Send<int, string>(Box<int>.Name)(3));
    }

    [Fact]
    public void Instance_methods_take_their_object_along()
    {
        var solver = new Solver(2);
        Assert.Equal(4, Send<int, double>(solver.Solve)(1));
        Assert.Equal(4, Send(solver.AsLambda())(1));
        Assert.Equal(5, Send(solver.AsLambdaWithLocal(1))(1));
        Assert.Equal(7, Send<int, int>(new Adder(5).Add)(2));
        solver.Kept = solver.Solve;
        Func<int, double> back = Send(solver.Kept);
        Assert.Same(back, ((Solver)back.Target!).Kept);
    }

    [Fact]
    public void Virtual_methods_and_base_calls()
    {
        Base derived = new Derived();
        Assert.Equal("derived 1", Send<int, string>(derived.Who)(1));
        Assert.Equal("base 1", Send(((Derived)derived).OfBase())(1));
    }

    [Fact]
    public void Generic_methods_and_display_classes()
    {
        Assert.Equal((1, "o"), Send(Box<int>.With("o"))(1));
        Assert.Equal(("s", 2.5), Send(Box<string>.With(2.5))("s"));
        Assert.Equal(3, Send(Twice(1))(1));

        static Func<T, T> Twice<T>(T amount) where T : INumber<T> => x => x + amount + amount;
    }

    [Fact]
    public void Multicast_delegates_run_all_and_share_their_closure()
    {
        var log = new List<string>();
        string prefix = "a", other = "b";
        Func<int, int> first = x => { log.Add(prefix + x); return x; };
        Func<int, int> second = x => { log.Add(other + x); return 2 * x; };
        Func<int, int> back = Send(first + second);
        Assert.Equal(6, back(3));
        Assert.Empty(log);
        Assert.Same(back.GetInvocationList()[0].Target, back.GetInvocationList()[1].Target);
        Assert.Equal(["a3", "b3"], (List<string>)Captured(back, "log")!);
    }

    [Fact]
    public async Task Async_functions()
    {
        int k = 3;
        object decoded = FunctionShipping.Decode(FunctionShipping.Encode(new AsyncFunction<int, int>(async x => { await Task.Yield(); return k * x; }), false).Payload);
        Assert.Equal(6, await ((AsyncFunction<int, int>)decoded).InvokeAsync(2, default));
    }

    [Fact]
    public void Iterators_and_queries()
    {
        int k = 3;
        IEnumerable<int> Count(int n)
        {
            for (int i = 0; i < n; i++)
                yield return i * k;
        }
        IEnumerable<int> counted = Count(3);
        Assert.Equal(9, Send((int x) => counted.Sum())(0));
        IEnumerable<string> query = from i in Enumerable.Range(0, 5) where i % k == 1 orderby -i select $"n{i}";
        Assert.Equal("n4 n1", Send((int x) => string.Join(' ', query))(0));
        Assert.Equal(3, Send((int n) => Count(n).Count())(3));
    }

    [Fact]
    public void Captured_objects_of_many_kinds()
    {
        var dictionary = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase) { ["A"] = 1 };
        (int, string) tuple = (1, "t");
        int? nothing = null;
        object boxed = 2.5;
        double[,] grid = { { 1, 2 }, { 3, 4 } };
        Type type = typeof(List<int>);
        var text = new StringBuilder("s");
        ImmutableArray<int> array = [1, 2];
        BigInteger big = BigInteger.Pow(2, 100);
        var lazy = new Lazy<int>(() => tuple.Item1 + 41);
        var complex = new Complex(0, 1);
        var sync = new Lock();
        var person = new Person("Ann", 3) { Note = "n" };
        Func<string, string> back = Send((string key) =>
        {
            lock (sync)
                return $"{dictionary[key]} {tuple} {nothing is null} {boxed} {grid[1, 0]} {type.Name} {text} {array[1]} {big} {lazy.Value} {complex.Imaginary} {person with { Age = 4 }}";
        });
        Assert.Equal($"1 (1, t) True {2.5} 3 List`1 s 2 {big} 42 1 {person with { Age = 4 }}", back("a"));
    }

    [Fact]
    public void Functions_captured_by_functions()
    {
        int k = 2;
        Func<int, int> inner = x => x * k;
        Func<Func<int, int>, Func<int, int>> twice = f => x => f(f(x));
        Assert.Equal(12, Send(twice(inner))(3));
        Func<double, double> sine = Math.Sin;
        Assert.Equal(Math.Sin(1), Send((double x) => sine(x))(1));
    }

    [Fact]
    public void Closures_are_cleaned_of_what_the_function_does_not_use()
    {
        using var log = new MemoryStream();
        double[] huge = new double[1 << 20];
        int k = 3;
        Action other = () => log.WriteByte((byte)huge.Length);
        other();
        Func<int, int> f = x => x * k;
        ShippedFunction shipped = Written(f);
        Assert.InRange(shipped.Payload.Length, 1, 1000);
        Func<int, int> back = Send(f);
        Assert.NotSame(f.Target, back.Target);
        Assert.Null(Captured(back, "huge"));
        Assert.Equal(6, back(2));
    }

    [Fact]
    public void Closures_of_outer_scopes_are_cleaned_as_well()
    {
        using var log = new MemoryStream();
        int k = 3;
        Func<int, int>? f = null;
        for (int i = 0; i < 1; i++)
        {
            int j = 10;
            Action other = () => log.WriteByte((byte)(j + k));
            other();
            f = x => x * k + j;
        }
        Assert.Equal(16, Send(f!)(2));
    }

    [Fact]
    public void Shape_of_the_function_is_kept()
    {
        object back = FunctionShipping.Decode(FunctionShipping.Encode(new SyncTokenFunction<int, string, double>((a, b, token) => a + b.Length), false).Payload);
        Assert.Equal(3, Assert.IsType<SyncTokenFunction<int, string, double>>(back).Invoke((1, "ab"), default));
    }
}

public sealed class FunctionEmittedTests() : FunctionTests(CodecPath.Emitted);

public sealed class FunctionReflectedTests() : FunctionTests(CodecPath.Reflected);
