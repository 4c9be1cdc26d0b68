using System.Collections.ObjectModel;

namespace PathosHpc.Tests;

/// <summary>Which items need no thread of their own to be read.</summary>
public sealed class PlainListTests
{
    [Fact]
    public void What_the_compiler_makes_of_brackets_is_taken_as_a_list()
    {
        int[] more = [2, 3];
        Assert.True(PoolEngine.IsPlainList<int>([1]));
        Assert.True(PoolEngine.IsPlainList<int>([1, 2]));
        Assert.True(PoolEngine.IsPlainList<int>([1, .. more]));
        Assert.True(PoolEngine.IsPlainList(more));
        Assert.True(PoolEngine.IsPlainList(new List<int>()));
    }

    [Fact]
    public void What_may_run_code_of_the_user_is_not()
    {
        Assert.False(PoolEngine.IsPlainList(new ReadOnlyCollection<int>([1])));
        Assert.False(PoolEngine.IsPlainList(Enumerable.Range(0, 2)));
        Assert.False(PoolEngine.IsPlainList(new Queue<int>([1])));
    }

    [Fact]
    public async Task Such_items_are_computed_in_order_on_every_kind_of_local_pool()
    {
        foreach (Func<Pool> make in new Func<Pool>[] { () => new SerialPool(), () => new ThreadedPool(2), () => new ProcessPool(2) })
        {
            await using Pool pool = make();
            int[] numbers = await pool.MapAsync(static x => x + 1, [1, 2, 3]);
            Assert.Equal([2, 3, 4], numbers);
            string[] texts = await pool.MapAsync(static x => x + "!", ["1", "2"]);
            Assert.Equal(["1!", "2!"], texts);
            Assert.Equal(42, await pool.RunAsync(static x => x + 1, 41));
        }
    }
}
