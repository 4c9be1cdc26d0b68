using PathosHpc.Examples;

namespace PathosHpc.Tests.Examples;

public class EpKernelTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(131_072)]
    [InlineData(1_000_003)]
    public void Jumping_ahead_equals_stepping(int steps)
    {
        var stepping = EpRandom.StartAt(271_828_183, 0);
        for (int i = 0; i < steps; i++)
            stepping.Next();
        var jumping = EpRandom.StartAt(271_828_183, (ulong)steps);
        for (int i = 0; i < 5; i++)
            Assert.Equal(stepping.Next(), jumping.Next());
    }

    [Fact]
    public void Wrapping_products_equal_exact_arithmetic()
    {
        var random = EpRandom.StartAt(271_828_183, 0);
        UInt128 exact = 271_828_183;
        for (int i = 0; i < 10_000; i++)
        {
            exact = exact * 1_220_703_125 % (UInt128.One << 46);
            Assert.Equal((double)exact / (1UL << 46), random.Next());
        }
    }

    [Fact]
    public void Class_S_gives_the_published_sums()
    {
        EpClass small = EpClass.All[0];
        var sums = EpSums.Total(Enumerable.Range(0, small.Blocks).AsParallel().AsOrdered().Select(EpKernel.Compute));
        Assert.True(small.Verifies(sums), $"sx {sums.SumX:R}, sy {sums.SumY:R}");
        Assert.Equal([6140517, 5865300, 1100361, 68546, 1648, 17, 0, 0, 0, 0], sums.Counts);
        Assert.Equal(13176389, sums.Pairs);
    }

    [Fact]
    public void A_sum_that_is_off_by_more_than_the_tolerance_is_wrong()
    {
        foreach (EpClass problem in EpClass.All)
        {
            Assert.True(problem.Verifies(new EpSums(problem.SumX, problem.SumY * (1 + 0.9e-8), [])));
            Assert.False(problem.Verifies(new EpSums(problem.SumX * (1 + 2e-8), problem.SumY, [])));
            Assert.False(problem.Verifies(new EpSums(problem.SumX, double.NaN, [])));
        }
    }
}
