namespace PathosHpc.Tests;

public class QueryLimiterTests
{
    [Fact]
    public void No_window_holds_more_than_the_limit()
    {
        var limiter = new QueryLimiter(6, TimeSpan.FromMinutes(1));
        var taken = new List<double>();
        for (var t = 0.0; t < 600; t += 0.25)
            if (limiter.TryTake(TimeSpan.FromSeconds(t))) taken.Add(t);
        Assert.All(taken, t => Assert.InRange(taken.Count(other => other > t - 60 && other <= t), 1, 6));
        Assert.Equal(60, taken.Count);
    }

    [Fact]
    public void The_next_free_place_is_told()
    {
        var limiter = new QueryLimiter(1, TimeSpan.FromSeconds(10));
        Assert.True(limiter.TryTake(TimeSpan.FromSeconds(3)));
        Assert.False(limiter.TryTake(TimeSpan.FromSeconds(12)));
        Assert.Equal(TimeSpan.FromSeconds(13), limiter.NextFree(TimeSpan.FromSeconds(12)));
        Assert.True(limiter.TryTake(TimeSpan.FromSeconds(13)));
    }
}
