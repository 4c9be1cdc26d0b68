using System.Diagnostics;

namespace PathosHpc.Benchmarks;

/// <summary>What it costs to write and read items, results and functions, in this process alone.</summary>
internal static class Codecs
{
    /// <summary>The column of these figures.</summary>
    public const string Column = "codec";

    /// <summary>Long enough for the runtime to have compiled, better each time, what is measured.</summary>
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(3);

    /// <summary>The rows: name, unit, description, and what measures it.</summary>
    public static IReadOnlyList<(string Name, string Unit, string Description, Func<double> Measure)> Rows { get; } =
    [
        ("codec-arrays", "of memcpy", "10^7 doubles written and read, beside two copies into new memory", Arrays),
        ("codec-write", "objects/s", "10^5 records of an int, a string and four doubles (three objects each), written", () => Objects().Write),
        ("codec-read", "objects/s", "the same, read; the least of repeats, garbage collected before each", () => Objects().Read),
        ("codec-closure", "us", "a lambda that captures two numbers and a string, written", Closure),
        ("codec-allocated", "bytes/item", "allocated for each of 10^6 ints, written and read one by one", Allocated),
    ];

    private static double Arrays()
    {
        var values = new double[10_000_000];
        Array.Fill(values, 1.5);
        double codec = double.MaxValue, memcpy = double.MaxValue;
        var watch = Stopwatch.StartNew();
        do
        {
            codec = Math.Min(codec, Collected(() =>
            {
                var writer = new PayloadWriter();
                ItemCodec<double[]>.Write(writer, values);
                ItemCodec<double[]>.Read(new PayloadReader(writer.Detach()));
            }));
            memcpy = Math.Min(memcpy, Collected(() =>
            {
                double[] there = LargeArrays.Allocate<double>(values.Length), back = LargeArrays.Allocate<double>(values.Length);
                values.CopyTo(there, 0);
                there.CopyTo(back, 0);
            }));
        }
        while (watch.Elapsed < Warm);
        return memcpy / codec;
    }

    private static (double Write, double Read) Objects()
    {
        const int Records = 100_000, ObjectsEach = 3;
        List<Record> list = [.. Enumerable.Range(0, Records).Select(i => new Record(i, $"record {i}", [i, i, i, i]))];
        var writer = new PayloadWriter(1 << 24);
        double write = Best(() =>
        {
            writer.Clear();
            ItemCodec<List<Record>>.Write(writer, list);
        });
        Payload payload = writer.Detach();
        double read = Best(() => ItemCodec<List<Record>>.Read(new PayloadReader(payload)));
        return (Records * ObjectsEach / write, Records * ObjectsEach / read);
    }

    private static double Closure()
    {
        const int Times = 2000;
        (double depth, int count, string name) = (0.5, 3, "captured");
        var function = new SyncFunction<int, double>(x => (x * depth) + count + name.Length);
        return Best(() =>
        {
            for (int i = 0; i < Times; i++)
                FunctionShipping.Encode(function, strict: false);
        }) / Times * 1e6;
    }

    private static double Allocated()
    {
        const int Items = 1_000_000;
        var encoder = new BlockEncoder<int>();
        var reader = new ItemReader<int>();
        long Once()
        {
            for (int i = 0; i < Items; i++)
                encoder.Add(i);
            EncodedBlock block = encoder.Take(0);
            reader.Reset(block);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < Items; i++)
            {
                encoder.Add(i);
                _ = reader.Next();
            }
            long after = GC.GetAllocatedBytesForCurrentThread();
            encoder.Take(0);
            return after - before;
        }
        Once();
        // The buffer of the block itself grows by doubling; what is allocated beyond that would be allocated for items.
        return Math.Max(0, Once() - (4L * sizeof(int) * Items)) / (double)Items;
    }

    /// <summary>The least time of an action that is repeated until it is warm.</summary>
    private static double Best(Action action)
    {
        double best = double.MaxValue;
        var watch = Stopwatch.StartNew();
        do
            best = Math.Min(best, Collected(action));
        while (watch.Elapsed < Warm);
        return best;
    }

    /// <summary>The seconds of an action. Garbage is collected first: a collection in the midst of it would be charged to it for all that was left before, and of two actions in
    /// turn one might have memory that was used before and the other fresh memory each time.</summary>
    private static double Collected(Action action)
    {
        GC.Collect();
        long began = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
