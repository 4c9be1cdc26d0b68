using System.Collections.Immutable;
using Xunit.Abstractions;

namespace PathosHpc.Tests;

/// <summary>Damaged and hostile bytes, from fixed seeds: whatever they are, reading them ends soon, in a value or in an exception of ours,
/// and allocates in proportion to them.</summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const int CasesPerGraph = 1500;

    [Fact]
    public void Damaged_graphs_give_a_value_or_an_error()
    {
        CodecPaths.OfThread = CodecPath.Automatic;
        int cases = 0, values = 0;
        foreach ((byte[] bytes, Action<Payload> read) in Graphs())
        {
            read(new Payload(bytes));
            var random = new Random(1);
            for (int i = 0; i < CasesPerGraph; i++)
            {
                byte[] damaged = Damage(random, bytes);
                values += Survives(damaged, read) ? 1 : 0;
                cases++;
            }
        }
        output.WriteLine($"{cases} damaged graphs: {values} gave a value, {cases - values} an error.");
        Assert.True(cases >= 20_000, $"Only {cases} cases were tried.");
        Assert.InRange(values, 1, cases - 1);
    }

    [Fact]
    public void Every_truncation_gives_an_error()
    {
        foreach ((byte[] bytes, Action<Payload> read) in Graphs())
        {
            for (int length = 0; length < bytes.Length; length++)
                Assert.False(Survives(bytes[..length], read), $"A payload cut to {length} of {bytes.Length} bytes was read.");
        }
    }

    [Fact]
    public void Random_bytes_give_a_value_or_an_error()
    {
        var random = new Random(2);
        foreach ((byte[] _, Action<Payload> read) in Graphs())
        {
            for (int i = 0; i < 300; i++)
            {
                byte[] bytes = new byte[random.Next(200)];
                random.NextBytes(bytes);
                Survives(bytes, read);
            }
        }
    }

    /// <summary>Whether a value came out. Fails the test for any exception that is not ours, and for memory out of proportion.</summary>
    private static bool Survives(byte[] bytes, Action<Payload> read)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            read(new Payload(bytes));
            return true;
        }
        catch (PathosException)
        {
            return false;
        }
        finally
        {
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 400_000 + 200L * bytes.Length);
        }
    }

    private static byte[] Damage(Random random, byte[] bytes)
    {
        byte[] damaged = [.. bytes];
        for (int count = 1 + random.Next(3); count > 0; count--)
        {
            int at = random.Next(damaged.Length);
            switch (random.Next(6))
            {
                case 0:
                    damaged[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    damaged[at] = (byte)random.Next(256);
                    break;
                case 2:
                    damaged[at] = (byte)random.Next(8);
                    break;
                case 3: // a hostile count: five or nine bytes with all bits set
                    for (int i = at; i < Math.Min(at + (random.Next(2) == 0 ? 5 : 9), damaged.Length); i++)
                        damaged[i] = 0xFF;
                    break;
                case 4: // a piece of it, moved
                    int length = random.Next(Math.Min(16, damaged.Length));
                    Array.Copy(damaged, random.Next(damaged.Length - length), damaged, random.Next(damaged.Length - length), length);
                    break;
                default:
                    damaged = damaged[..Math.Max(1, at)];
                    break;
            }
        }
        return damaged;
    }

    private static IEnumerable<(byte[] Bytes, Action<Payload> Read)> Graphs()
    {
        var node = new Node { Value = 1 };
        node.Next = node;
        node.Neighbours.AddRange([node, new Node()]);
        yield return Case(node);
        yield return Case(new List<Structure> { new(1, "one", [1, 2, 3]), new(2, "two", []) });
        yield return Case(new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase) { ["a"] = 1, ["b"] = new[] { 1.5 }, ["c"] = new Person("Ann", 3), ["d"] = null });
        yield return Case<object>(new object?[] { 1, "text", 2.5m, DateTime.UnixEpoch, typeof(List<int>), new Version(1, 2), new[,] { { 1, 2 } }, new Shape(3), (1, "a") });
        yield return Case(new HashSet<Person> { new("Ann", 3), new("Bob", 4) });
        yield return Case(new SortedDictionary<(int, string), ImmutableArray<int>> { [(1, "a")] = [1, 2], [(2, "b")] = [] });
        yield return Case(ImmutableDictionary<string, ImmutableList<int>>.Empty.Add("a", [1, 2]).Add("b", [3]));
        yield return Case<IEnumerable<int>>(new[] { 1, 2, 3 }.Where(x => x > 1).Select(x => x * 2));
        yield return Case<Exception>(new GrainException(3, "outer", new ArgumentException("inner", "parameter")) { Data = { ["k"] = "v" } });
        yield return Case(new Pair<System.Collections.BitArray, System.Text.StringBuilder> { First = new System.Collections.BitArray(9), Second = new System.Text.StringBuilder("text") });
        yield return Case(new Pair<System.Text.RegularExpressions.Regex, TimeZoneInfo> { First = new("a+(b)"), Second = TimeZoneInfo.CreateCustomTimeZone("z", TimeSpan.FromHours(1), "z", "z") });
        yield return Case(new Pair<PriorityQueue<string, int>, Queue<int?>> { First = new([("a", 1), ("b", 2)]), Second = new([1, null]) });
        yield return FunctionCase();
        yield return FailureCase();
    }

    private static (byte[], Action<Payload>) Case<T>(T value) =>
        (CodecTest.Encode(value).ToArray(), payload => ItemCodec<T>.Read(new PayloadReader(payload)));

    private static (byte[], Action<Payload>) FunctionCase()
    {
        int k = 3;
        var names = new List<string> { "a" };
        Func<int, int> inner = x => x * k;
        var function = new SyncFunction<int, int>(x => inner(x) + names.Count);
        return (FunctionShipping.Encode(function, false).Payload.ToArray(), payload => FunctionShipping.Decode(payload));
    }

    private static (byte[], Action<Payload>) FailureCase()
    {
        var writer = new PayloadWriter();
        FailureCodec.Write(writer, new GrainException(3, "outer", new InvalidOperationException("inner")));
        return (writer.Detach().ToArray(), payload => FailureCodec.Read(new PayloadReader(payload)));
    }
}
