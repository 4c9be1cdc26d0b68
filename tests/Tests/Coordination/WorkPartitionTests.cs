namespace PathosHpc.Tests;

/// <summary>Which items a rank owns; the vectors are pyina's <c>get_workload</c>.</summary>
public sealed class WorkPartitionTests
{
    [Theory]
    [InlineData(4, 10, "0-3 3-6 6-8 8-10")]
    [InlineData(3, 10, "0-4 4-7 7-10")]
    [InlineData(7, 12, "0-2 2-4 4-6 6-8 8-10 10-11 11-12")]
    [InlineData(5, 3, "0-1 1-2 2-3 3-3 3-3")]
    [InlineData(1, 0, "0-0")]
    public void Ranks_own_runs_that_differ_by_one_item(int size, long total, string runs) =>
        Assert.Equal(runs, string.Join(' ', Enumerable.Range(0, size).Select(r => $"{WorkPartition.Start(r, size, total)}-{WorkPartition.Start(r + 1, size, total)}")));

    [Fact]
    public void Owner_and_start_agree()
    {
        foreach (long total in (long[])[1, 2, 7, 64, 1000])
        {
            for (int size = 1; size < 20; size++)
            {
                for (long index = 0; index < total; index++)
                {
                    int owner = WorkPartition.Owner(index, size, total);
                    Assert.InRange(index, WorkPartition.Start(owner, size, total), WorkPartition.Start(owner + 1, size, total) - 1);
                }
            }
        }
        Assert.Equal(999, WorkPartition.Owner(long.MaxValue - 1, 1000, long.MaxValue));
    }
}
