namespace PathosHpc.Examples;

/// <summary>A problem size of the EP kernel, with its published sums.</summary>
/// <param name="Name">Its letter.</param>
/// <param name="LogPairs">The problem has 2 to this power pairs of random numbers.</param>
/// <param name="SumX">Published sum of the first deviates.</param>
/// <param name="SumY">Published sum of the second deviates.</param>
internal sealed record EpClass(string Name, int LogPairs, double SumX, double SumY)
{
    private const double Tolerance = 1e-8;

    /// <summary>All sizes that are known, by size.</summary>
    public static IReadOnlyList<EpClass> All { get; } =
    [
        new("S", 24, -3.247834652034740e3, -6.958407078382297e3),
        new("W", 25, -2.863319731645753e3, -6.320053679109499e3),
        new("A", 28, -4.295875165629892e3, -1.580732573678431e4),
        new("B", 30, 4.033815542441498e4, -2.660669192809235e4),
    ];

    /// <summary>Blocks of the problem: the items of the map.</summary>
    public int Blocks => 1 << (LogPairs - 16);

    /// <summary>Whether both sums are within a relative error of 1e-8 of the published ones.</summary>
    public bool Verifies(EpSums sums) => IsClose(sums.SumX, SumX) && IsClose(sums.SumY, SumY);

    private static bool IsClose(double value, double published) => Math.Abs((value - published) / published) <= Tolerance;
}
