namespace PathosHpc.Tests;

// Functions of many kinds, as users write them.

internal static class Library
{
    public static int Counter = 5;
    public static readonly int Constant = 6;
    public static int Twice(int x) => 2 * x;
    public static T Same<T>(T x) => x;
    public static int AddLength(this string text, int x) => text.Length + x;
    public static int ReadsCounter(int x) => x + Counter;
    public static int ReadsThroughProperty(int x) => x + Setting;
    public static int Setting { get; set; } = 9;
    public static int ReadsConstant(int x) => x + Constant;
}

internal sealed class Solver(double scale)
{
    private readonly double[] table = [1, 2, 3];
    public double[] Grid = [];
    public double Solve(int x) => scale * table[x];
    public Func<int, double> AsLambda() => x => scale * table[x];
    public Func<int, double> AsLambdaWithLocal(double offset) => x => offset + scale * table[x];
    public Func<int, double>? Kept;
}

internal class Base
{
    public virtual string Who(int x) => $"base {x}";
}

internal sealed class Derived : Base
{
    public override string Who(int x) => $"derived {x}";
    public Func<int, string> OfBase() => base.Who;
}

internal readonly struct Adder(int amount)
{
    public int Add(int x) => x + amount;
}

internal static class Box<T>
{
    public static Func<T, (T, TOther)> With<TOther>(TOther other) => x => (x, other);
    public static string Name(T x) => typeof(T).Name + x;
}
