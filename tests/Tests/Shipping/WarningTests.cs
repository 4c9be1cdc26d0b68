namespace PathosHpc.Tests;

public sealed class WarningTests() : ShippingTest(CodecPath.Automatic)
{
    private static int local = 3;

    [Fact]
    public void Statics_that_are_read_are_named()
    {
        Assert.Contains("PathosHpc.Tests.Library.Counter", Assert.Single(Warnings<int, int>(Library.ReadsCounter)), StringComparison.Ordinal);
        Assert.Contains("Library.Setting", Assert.Single(Warnings((int x) => Library.ReadsThroughProperty(x))), StringComparison.Ordinal);
        Assert.Contains("WarningTests.local", Assert.Single(Warnings((int x) => x + local)), StringComparison.Ordinal);
        Assert.Contains("Library.Counter", Assert.Single(Warnings((int n) => Enumerable.Range(0, n).Select(i => i + Library.Counter).Sum())), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_said_of_constants_and_of_what_is_not_read()
    {
        int k = local++;
        Assert.Empty(Warnings<int, int>(Library.ReadsConstant));
        Assert.Empty(Warnings((int x) => x + k + k.CompareTo(3) + k.ToString(System.Globalization.CultureInfo.InvariantCulture).Length));
        Assert.Empty(Warnings((int x) => { int sum = 0; foreach (int i in Enumerable.Range(0, x)) sum += i; Action add = () => sum++; add(); return sum; }));
        Assert.Empty(Warnings<double, double>(Math.Sin));
    }

    [Fact]
    public void Captured_variables_that_are_written_are_named()
    {
        int total = 0, assigned = 0, passed = 0;
        var place = new Point();
        Assert.Contains("'total'", Assert.Single(Warnings((int x) => total += x)), StringComparison.Ordinal);
        Assert.Contains("'assigned'", Assert.Single(Warnings((int x) => { Action set = () => assigned = x; set(); return x; })), StringComparison.Ordinal);
        Assert.Contains("'passed'", Assert.Single(Warnings((int x) => Interlocked.Add(ref passed, x))), StringComparison.Ordinal);
        Assert.Contains("'place'", Assert.Single(Warnings((int x) => place.X = x)), StringComparison.Ordinal);
        Assert.Equal(0, total + assigned + passed + (int)place.X);
    }

    [Fact]
    public void Strict_makes_an_error_of_a_warning()
    {
        var strict = Assert.Throws<CannotShipException>(() => FunctionShipping.Encode(new SyncFunction<int, int>(Library.ReadsCounter), strict: true));
        Assert.Contains("Library.Counter", strict.Message, StringComparison.Ordinal);
        FunctionShipping.Encode(new SyncFunction<int, int>(Library.Twice), strict: true);
    }

    [Fact]
    public void Large_this_is_named_with_its_biggest_member()
    {
        var solver = new Solver(1) { Grid = new double[1 << 18] };
        string warning = Assert.Single(Warnings<int, double>(solver.Solve));
        Assert.Contains("captured 'this'", warning, StringComparison.Ordinal);
        Assert.Contains(".Grid", warning, StringComparison.Ordinal);
        Assert.Single(Warnings(solver.AsLambdaWithLocal(1)));
        Assert.Empty(Warnings<int, double>(new Solver(1).Solve));
    }
}
