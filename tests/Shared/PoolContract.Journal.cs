namespace PathosHpc.Tests;

public abstract partial class PoolContract
{
    /// <summary>How results are asked for.</summary>
    public enum Shape { Array, Stream, Unordered, Scattered }

    [Theory, InlineData(Shape.Array), InlineData(Shape.Stream), InlineData(Shape.Unordered), InlineData(Shape.Scattered)]
    public async Task A_map_with_a_journal_computes_only_what_is_missing(Shape shape)
    {
        using var folder = new TemporaryFolder("journal");
        await using Pool pool = NewPool();
        string broken = Path.Combine(folder.Path, "broken"), computed = Path.Combine(folder.Path, "computed");
        int k = 3;
        string Triple((int Number, double Share) item)
        {
            lock (typeof(PoolContract))
                File.AppendAllText($"{computed}.{Environment.ProcessId}", $"{item.Number} ");
            return item.Number % 7 == 3 && File.Exists(broken) ? throw new InvalidOperationException("not yet") : $"{item.Number * k} {item.Share} {MapContext.Current!.Random.Next()}";
        }
        // The two halves of a tuple like this leave a hole between them, whose bytes are anything.
        (int, double)[] items = [.. Enumerable.Range(0, 60).Select(i => (i, i / 4.0))];
        var options = new MapOptions { Journal = Path.Combine(folder.Path, "journal"), OnItemFailure = OnItemFailure.Continue };
        int[] Computed()
        {
            int[] numbers = [.. Directory.EnumerateFiles(folder.Path, "computed.*").SelectMany(f => File.ReadAllText(f).Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(n => Convert.ToInt32(n, null)).Order()];
            foreach (string file in Directory.GetFiles(folder.Path, "computed.*"))
                File.Delete(file);
            return numbers;
        }

        File.WriteAllText(broken, "");
        MapFailedException failed = await Assert.ThrowsAsync<MapFailedException>(() => AskAsync(pool, Triple, items, options, shape)).WaitAsync(Patience);
        long[] missing = [.. failed.Failures.Select(f => f.Index)];
        Assert.Equal(Enumerable.Range(0, 60).Where(i => i % 7 == 3).Select(i => (long)i), missing);
        Assert.Equal(Enumerable.Range(0, 60), Computed());

        File.Delete(broken);
        string[] results = await AskAsync(pool, Triple, items, options, shape).WaitAsync(Patience);
        Assert.Equal(missing.Select(i => (int)i), Computed());
        Assert.Equal(items.Select(i => $"{i.Item1 * 3} {i.Item2}"), results.Select(r => r[..r.LastIndexOf(' ')]));
        Assert.Equal(60, results.Distinct().Count());

        // More at the end of the input is more to compute; nothing else is.
        (int, double)[] longer = [.. items, (60, 15.0)];
        Assert.Equal(results, (await AskAsync(pool, Triple, longer, options, shape).WaitAsync(Patience))[..60]);
        Assert.Equal([60], Computed());

        int other = k + 1;
        k = other;
        JournalException refused = await Assert.ThrowsAsync<JournalException>(() => AskAsync(pool, Triple, items, options, shape)).WaitAsync(Patience);
        Assert.Contains("The captured variable 'k' has changed: it was 3 and is now 4.", refused.Message, StringComparison.Ordinal);
        Assert.Empty(Computed());
    }

    private static async Task<string[]> AskAsync(Pool pool, Func<(int Number, double Share), string> f, (int, double)[] items, MapOptions options, Shape shape)
    {
        switch (shape)
        {
            case Shape.Stream:
                return [.. await Gather(pool.MapStreamAsync(f, items.Select(i => i), options))];
            case Shape.Unordered:
                return [.. (await Gather(pool.MapUnorderedAsync(f, items.Select(i => i), options with { MaxInFlight = 5 }))).OrderBy(r => r.Index).Select(r => r.Item)];
            case Shape.Scattered:
                return await pool.MapAsync(f, items, options with { Strategy = MapStrategy.ScatterGather });
            default:
                return await pool.MapAsync(f, items, options);
        }
    }
}
