using System.Globalization;
using System.Text;

namespace PathosHpc.Tests.Journals;

public sealed class JournalTests : IDisposable
{
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(60);
    private readonly TemporaryFolder folder = new("journal");

    private string Journal => Path.Combine(folder.Path, "journal");

    public void Dispose() => folder.Dispose();

    private static IEnumerable<int> Naturals()
    {
        for (int i = 0; ; i++)
            yield return i;
    }

    [Fact]
    public async Task Whatever_the_last_bytes_are_that_were_written_the_rest_is_computed()
    {
        await using var pool = new SerialPool();
        int computed = 0;
        string Name(int x)
        {
            Interlocked.Increment(ref computed);
            return "n" + x;
        }
        int[] items = [.. Enumerable.Range(0, 12)];
        await foreach (string first in pool.MapStreamAsync(Name, items, new MapOptions { Journal = Journal }))
            Assert.StartsWith("n", first, StringComparison.Ordinal);
        byte[] whole = File.ReadAllBytes(Path.Combine(Journal, "000001.journal"));
        computed = 0;

        int least = 12;
        for (int length = whole.Length; length >= 0; length--)
        {
            string cut = Directory.CreateDirectory(Path.Combine(folder.Path, length.ToString(CultureInfo.InvariantCulture))).FullName;
            File.WriteAllBytes(Path.Combine(cut, "000001.journal"), whole[..length]);
            int before = computed;
            var options = new MapOptions { Journal = cut };
            Assert.Equal(items.Select(x => "n" + x), await pool.MapAsync(Name, items, options));
            int known = 12 - (computed - before);
            Assert.True(known <= least, $"Of {length} bytes {known} results were known, of more bytes only {least}.");
            least = known;
            // What is known now is known for good.
            before = computed;
            Assert.Equal(items.Select(x => "n" + x), await pool.MapAsync(Name, items, options));
            Assert.Equal(before, computed);
        }
        Assert.Equal(0, least);
    }

    [Fact]
    public async Task A_damaged_byte_costs_the_results_that_it_is_in_and_never_gives_a_wrong_one()
    {
        await using var pool = new SerialPool();
        int[] items = [.. Enumerable.Range(0, 6)];
        await foreach (long square in pool.MapStreamAsync(x => (long)x * x, items, new MapOptions { Journal = Journal }))
            Assert.True(square >= 0);
        byte[] whole = File.ReadAllBytes(Path.Combine(Journal, "000001.journal"));
        for (int at = JournalFormat.PreambleSize; at < whole.Length; at++)
        {
            string damaged = Directory.CreateDirectory(Path.Combine(folder.Path, at.ToString(CultureInfo.InvariantCulture))).FullName;
            byte[] bytes = [.. whole];
            bytes[at] ^= 0x41;
            File.WriteAllBytes(Path.Combine(damaged, "000001.journal"), bytes);
            for (int run = 0; run < 2; run++)
            {
                long[] squares = await pool.MapAsync(x => (long)x * x, items, new MapOptions { Journal = damaged, AcceptChangedFunction = true });
                Assert.Equal([0, 1, 4, 9, 16, 25], squares);
            }
        }
    }

    [Fact]
    public async Task Another_input_seed_type_or_function_is_refused_with_what_changed()
    {
        await using var pool = new ThreadedPool(2);
        async Task<string> RefusalAsync<TItem, TResult>(Func<TItem, TResult> f, IEnumerable<TItem> items, MapOptions? options = null) =>
            (await Assert.ThrowsAsync<JournalException>(() => pool.MapAsync(f, items, (options ?? new MapOptions()) with { Journal = Journal })).WaitAsync(patience)).Message;
        Func<string, int> length = text => text.Length;
        Func<string, int> other = text => text.Length + 1;
        Func<string, long> wide = text => text.Length;
        string[] items = ["a", "bb", "ccc"];
        int[] results = await pool.MapAsync(length, items, new MapOptions { Journal = Journal, Seed = 5 });
        Assert.Equal([1, 2, 3], results);

        Assert.Contains("item 1", await RefusalAsync(length, ["a", "b", "ccc"]), StringComparison.Ordinal);
        Assert.Contains("has only 2 items", await RefusalAsync(length, ["a", "bb"]), StringComparison.Ordinal);
        Assert.Contains("has only 2 items", await RefusalAsync(length, items.Take(2)), StringComparison.Ordinal);
        Assert.Contains("The seed was 5 and is now 6.", await RefusalAsync(length, items, new MapOptions { Seed = 6 }), StringComparison.Ordinal);
        string refusal = await RefusalAsync(other, items);
        Assert.Contains("The function has changed", refusal, StringComparison.Ordinal);
        Assert.Contains("AcceptChangedFunction", refusal, StringComparison.Ordinal);
        refusal = await RefusalAsync(wide, items);
        Assert.Contains("The type of the results has changed: it was System.Int32 and is now System.Int64.", refusal, StringComparison.Ordinal);
        Assert.Contains("The type of the results", await RefusalAsync(wide, items, new MapOptions { AcceptChangedFunction = true }), StringComparison.Ordinal);

        // What is the user's own decision; an item without a result may change.
        results = await pool.MapAsync(other, [.. items, "dddd"], new MapOptions { Journal = Journal, AcceptChangedFunction = true });
        Assert.Equal([1, 2, 3, 5], results);
        results = await pool.MapAsync(other, [.. items, "dddd", "ee"], new MapOptions { Journal = Journal });
        Assert.Equal([1, 2, 3, 5, 3], results);
    }

    [Fact]
    public async Task A_journal_without_a_seed_keeps_that_of_its_first_run()
    {
        await using var pool = new ThreadedPool(2);
        Func<int, int> draw = _ => MapContext.Current!.Random.Next();
        var options = new MapOptions { Journal = Journal };
        int[] some = await pool.MapAsync(draw, Enumerable.Range(0, 10), options);
        int[] all = await pool.MapAsync(draw, Enumerable.Range(0, 20), options);
        Assert.Equal(some, all[..10]);
        ulong seed = JournalIndex.Read(Journal, repair: false).Header!.Seed;
        Assert.Equal(all, await pool.MapAsync(draw, Enumerable.Range(0, 20), new MapOptions { Seed = seed }));
    }

    [Fact]
    public async Task A_second_program_is_refused_while_the_first_writes()
    {
        await using var pool = new ThreadedPool(2);
        Func<int, int> same = x => x;
        var options = new MapOptions { Journal = Journal };
        await using (IAsyncEnumerator<int> first = pool.MapStreamAsync(same, Naturals(), options).GetAsyncEnumerator())
        {
            Assert.True(await first.MoveNextAsync());
            JournalException refused = await Assert.ThrowsAsync<JournalException>(() => pool.MapAsync(same, [1], options)).WaitAsync(patience);
            Assert.Contains($"Another program is writing the journal in {Journal} (process {Environment.ProcessId} on", refused.Message, StringComparison.Ordinal);
        }
        // The enumeration that was left has given it back.
        await foreach (int x in pool.MapStreamAsync(same, Naturals(), options))
        {
            if (x > 100)
                break;
        }
    }

    [Fact]
    public async Task An_endless_input_is_gone_on_with_where_it_was_left()
    {
        await using var pool = new ThreadedPool(2);
        int computed = 0;
        Func<int, int> count = x =>
        {
            Interlocked.Increment(ref computed);
            return -x;
        };
        var options = new MapOptions { Journal = Journal, MaxInFlight = 50 };
        for (int run = 1; run <= 5; run++)
        {
            int seen = 0;
            await foreach (int x in pool.MapStreamAsync(count, Naturals(), options))
            {
                Assert.Equal(-seen, x);
                if (++seen == 200 * run)
                    break;
            }
            Assert.InRange(computed, 200 * run, 200 * run + 60 * run);
        }
    }

    [Fact]
    public async Task What_has_no_bytes_is_refused_by_name()
    {
        await using var pool = new ThreadedPool(2);
        var options = new MapOptions { Journal = Journal };
        using var stream = new MemoryStream();
        CannotShipException captured = await Assert.ThrowsAsync<CannotShipException>(() => pool.MapAsync(x => x + stream.Length, [1], options));
        Assert.Contains("stream", captured.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<CannotShipException>(() => pool.MapAsync(x => (object)Console.OpenStandardError(), [1], options with { Journal = Journal + "2" }));
        CannotShipException item = await Assert.ThrowsAsync<CannotShipException>(() => pool.MapAsync(x => x.CanRead, [stream], options with { Journal = Journal + "3" }));
        Assert.Contains("item", item.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_is_no_journals_is_refused()
    {
        await using var pool = new SerialPool();
        folder.Write("journal/000001.journal", new string('x', 100));
        Assert.Contains("no segment of a journal", Assert.Throws<JournalException>(() => pool.Map(x => x, [1], new MapOptions { Journal = Journal })).Message, StringComparison.Ordinal);
        byte[] later = JournalFormat.Preamble();
        (later[8], later[10]) = (9, 8);
        File.WriteAllBytes(Path.Combine(Journal, "000001.journal"), [.. later, .. new byte[50]]);
        Assert.Contains("version 9", Assert.Throws<JournalException>(() => pool.Map(x => x, [1], new MapOptions { Journal = Journal })).Message, StringComparison.Ordinal);
        string file = folder.Write("file", "");
        Assert.Contains("cannot be written", Assert.Throws<JournalException>(() => pool.Map(x => x, [1], new MapOptions { Journal = file })).Message, StringComparison.Ordinal);
        ArgumentException unusable = Assert.Throws<ArgumentException>(() => pool.Map(x => x, [1], new MapOptions { Journal = " ", ChunkSize = 0 }));
        Assert.Contains("Journal is no path", unusable.Message, StringComparison.Ordinal);
    }

    [FullDiskFact]
    public async Task A_full_disk_ends_the_map_with_a_sentence_and_loses_nothing_that_was_written()
    {
        using var disk = new SmallDisk(Path.Combine(folder.Path, "disk"));
        await using var pool = new ThreadedPool(2);
        int computed = 0;
        Func<int, byte[]> large = x =>
        {
            Interlocked.Increment(ref computed);
            return [.. Enumerable.Repeat((byte)x, 20_000)];
        };
        var options = new MapOptions { Journal = Path.Combine(disk.Folder, "journal"), ChunkSize = 1 };
        disk.Fill(600_000);
        JournalException full = await Assert.ThrowsAsync<JournalException>(() => pool.MapAsync(large, Enumerable.Range(0, 60), options)).WaitAsync(patience);
        Assert.Contains("No space left on device", full.Message, StringComparison.Ordinal);
        Assert.Contains("make room", full.Message, StringComparison.Ordinal);
        int kept = (int)JournalIndex.Read(options.Journal, repair: false).Count;
        Assert.InRange(kept, 20, 35);

        File.Delete(Path.Combine(disk.Folder, "ballast"));
        computed = 0;
        byte[][] results = await pool.MapAsync(large, Enumerable.Range(0, 60), options).WaitAsync(patience);
        Assert.Equal(60 - kept, computed);
        Assert.All(results.Index(), r => Assert.Equal([.. Enumerable.Repeat((byte)r.Index, 20_000)], r.Item));
    }

    [Theory]
    [InlineData("", 0xEF46DB3751D8E999)]
    [InlineData("a", 0xD24EC4F1A98C6E5B)]
    [InlineData("abc", 0x44BC2CF5AD770999)]
    [InlineData("Nobody inspects the spammish repetition", 0xFBCEA83C8A378BF1)]
    public void Digests_are_XXH64(string text, ulong hash) => Assert.Equal(hash, PayloadHash.Of(new Payload(Encoding.ASCII.GetBytes(text))));

    [Fact]
    public void Checksums_are_CRC_32C() => Assert.Equal(0xE3069283, Crc32C.Of("123456789"u8));

    [Fact]
    public void Where_several_records_hold_an_item_the_last_counts()
    {
        var header = new JournalHeader { Parts = [], Seed = 1, Shape = ValueShape.Of(typeof(int)), ResultType = "int" };
        (long First, int[] Values)[] segments = [(0, [1, 1, 1, 1, 1, 1]), (4, [2, 2, 2]), (1, [3, 3])];
        foreach ((long first, int[] values) in segments)
        {
            Directory.CreateDirectory(Journal);
            using var writer = new JournalWriter(Journal, header);
            JournalResults.Add(writer, new ulong[values.Length], new BlockEncoder<int>().Encode(first, values), new PayloadWriter());
        }
        using JournalIndex index = JournalIndex.Read(Journal, repair: false);
        Assert.Equal((7, 7), (index.Count, index.End));
        var values2 = Enumerable.Range(0, 7).Select(i =>
        {
            JournalEntry entry = index.Find(i)!.Value;
            return BlockDecoder<int>.Decode(index.Load(entry)!.Value.Results.Slice(i, 1)).Values.Span[0];
        });
        Assert.Equal([1, 3, 3, 1, 2, 2, 2], values2);
    }
}
