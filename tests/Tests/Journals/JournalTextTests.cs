namespace PathosHpc.Tests.Journals;

/// <summary>Results as text, by a reader that has none of their types.</summary>
public sealed class JournalTextTests : IDisposable
{
    private readonly TemporaryFolder folder = new("text");

    public void Dispose() => folder.Dispose();

    public sealed record Energy(double Value, string Unit, int[] Steps, Energy? Before, (float X, long Y) Place);

    public readonly record struct Point(byte Tag, double X, int? Weight);

    public enum Colour { Red, Green }

    private async Task<string[]> PrintAsync<T>(params T[] values)
    {
        string journal = Path.Combine(folder.Path, typeof(T).Name + values.Length);
        await using var pool = new SerialPool();
        int[] items = [.. Enumerable.Range(0, values.Length)];
        _ = await pool.MapAsync(i => values[i], items, new MapOptions { Journal = journal });
        var text = new JournalText(LocalHost.Instance, journal);
        string[] printed = new string[values.Length];
        await foreach ((long index, string value) in text.ReadNewAsync())
            printed[index] = value;
        Assert.Equal((values.Length, values.Length, true), (text.Completed, text.Total, text.HasEnded));
        return printed;
    }

    [Fact]
    public async Task Numbers_texts_arrays_and_records_are_printed()
    {
        Assert.Equal(["1.5", "NaN", "-1E+300"], await PrintAsync(1.5, double.NaN, -1e300));
        Assert.Equal(["plain", "", "two \"words\""], await PrintAsync("plain", "", "two \"words\""));
        Assert.Equal(["true", "false"], await PrintAsync(true, false));
        Assert.Equal(["1", "0"], await PrintAsync(Colour.Green, Colour.Red));
        Assert.Equal(["12345678901234567890.5"], await PrintAsync(12345678901234567890.5m));
        Assert.Equal(["[1.5,\"NaN\"]", "[]", "null"], await PrintAsync<double[]?>([1.5, double.NaN], [], null));
        Assert.Equal(["[\"a\",null]"], await PrintAsync<string?[]>(["a", null]));
        Assert.Equal(["{\"Item1\":3,\"Item2\":0.25}"], await PrintAsync((3, 0.25)));
        Assert.Equal(["{\"Tag\":7,\"X\":-2,\"Weight\":null}", "{\"Tag\":255,\"X\":0.5,\"Weight\":-9}"], await PrintAsync(new Point(7, -2, null), new Point(255, 0.5, -9)));
    }

    [Fact]
    public async Task Values_of_many_objects_are_printed()
    {
        int[][] tree = [.. Enumerable.Range(0, 1000).Select(i => new[] { i })];
        Assert.Equal([$"[{string.Join(',', tree.Select(a => $"[{a[0]}]"))}]"], await PrintAsync<int[][]>([tree]));
    }

    [Fact]
    public async Task What_is_not_known_is_named()
    {
        Assert.Equal(["{\"Value\":1,\"Unit\":\"eV\",\"Steps\":[1,2],\"Place\":{\"Item1\":0.5,\"Item2\":-1}}"], await PrintAsync(new { Value = 1.0, Unit = "eV", Steps = new[] { 1, 2 }, Place = (0.5f, -1L) }));
        JournalException unknown = await Assert.ThrowsAsync<JournalException>(() => PrintAsync(new Energy(1, "eV", [], null, default)));
        Assert.Contains("JournalTextTests.Energy cannot be printed", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_set_of_indices_knows_what_is_new()
    {
        var set = new IndexSet();
        var random = new Random(5);
        var plain = new HashSet<long>();
        for (int i = 0; i < 2000; i++)
        {
            long first = random.Next(3000);
            int count = random.Next(1, 30);
            long[] expected = [.. Enumerable.Range(0, count).Select(k => first + k).Where(plain.Add)];
            Assert.Equal(expected, set.Add(first, count).SelectMany(part => Enumerable.Range(0, part.Count).Select(k => part.First + k)));
            Assert.Equal(plain.Count, set.Count);
        }
    }
}
