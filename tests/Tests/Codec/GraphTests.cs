using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;

namespace PathosHpc.Tests;

public abstract class GraphTests : CodecTest
{
    private protected GraphTests(CodecPath path) : base(path) { }

    public static TheoryData<object> Values =>
    [
        true, (byte)200, (sbyte)-3, (short)-300, (ushort)60000, -5, 5u, -5L, 5UL, 1.5f, double.NaN, 1.5m, 'ä', (Half)1.5, Int128.MaxValue, UInt128.MaxValue,
        "text", "", "日本語 𝄞 ascii", new string('x', 100_000), "lone \ud800 half", new string('\udc00', 70),
        Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"), new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc), new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Local),
        new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)), TimeSpan.FromTicks(123), new DateOnly(2026, 1, 2), new TimeOnly(3, 4), Colour.Blue, DayOfWeek.Friday,
        BigInteger.Parse("-123456789012345678901234567890", CultureInfo.InvariantCulture), BigInteger.Zero, new Complex(1, -2), new Vector3(1, 2, 3), Matrix4x4.Identity,
        new Version(1, 2, 3), new Uri("https://example.org/a?b#c"), new Uri("relative/path", UriKind.Relative), typeof(Dictionary<string, Person[]>), typeof(List<>), typeof(int[,]),
        CultureInfo.GetCultureInfo("de-DE"), CultureInfo.InvariantCulture, IPAddress.Parse("10.1.2.3"), IPAddress.Parse("fe80::1%3"), new IPEndPoint(IPAddress.Parse("10.1.2.3"), 80), DBNull.Value, TimeZoneInfo.Utc,
        (1, "two", 3.0), (1, 2, 3, 4, 5, 6, 7, 8, 9), Tuple.Create(1, "two"), KeyValuePair.Create("k", 1), new Index(3, true), 2..^1, new Rune('x'),
        StringComparer.Ordinal, StringComparer.OrdinalIgnoreCase, StringComparer.Create(CultureInfo.GetCultureInfo("sv-SE"), true), EqualityComparer<int>.Default, Comparer<string>.Default,
        new Person("Ann", 30) { Note = "x" }, new { A = 1, B = "b" }, Encoding.Latin1, CancellationToken.None, new CancellationToken(true),
    ];

    [Theory]
    [MemberData(nameof(Values))]
    public void Value_in_a_box_comes_back_equal(object value)
    {
        object back = Ship(value);
        Assert.IsType(value.GetType(), back);
        Assert.Equal(value, back);
    }

    public static TheoryData<IEnumerable> Sequences =>
    [
        Array.Empty<int>(), new[] { 1, 2, 3 }, new[] { "a", null, "" }, new[] { 1.5, double.NegativeInfinity }, new Colour[] { Colour.Red, Colour.Blue }, new bool[] { true, false },
        new int?[] { 1, null }, new object?[] { 1, "a", null, 2.5, new[] { 1 } }, new[] { new[] { 1 }, [], [2, 3] }, new DateTime[] { new(1), new(2) }, new (int, string)[] { (1, "a") },
        new List<int> { 1, 2 }, new List<string?> { "a", null }, new List<object> { 1, "a" }, new Queue<int>([1, 2, 3]), new Stack<int>([1, 2, 3]), new LinkedList<int>([1, 2]),
        new HashSet<string> { "a", "b" }, new SortedSet<int> { 3, 1, 2 }, new Dictionary<string, int> { ["a"] = 1 }, new SortedDictionary<string, int> { ["b"] = 1, ["a"] = 2 },
        new SortedList<int, string> { [2] = "b", [1] = "a" }, new OrderedDictionary<string, int> { ["z"] = 1, ["a"] = 2 }, new ConcurrentQueue<int>([1, 2]), new ConcurrentStack<int>([1, 2]),
        new ConcurrentDictionary<string, int>([KeyValuePair.Create("a", 1)]), new ConcurrentBag<int>([1, 2, 3]), ImmutableArray.Create(1, 2), ImmutableList.Create("a", "b"),
        ImmutableQueue.Create(1, 2), ImmutableStack.Create(1, 2), ImmutableHashSet.Create("a", "b"), ImmutableSortedSet.Create(2, 1),
        ImmutableDictionary<string, int>.Empty.Add("a", 1), ImmutableSortedDictionary<string, int>.Empty.Add("b", 1).Add("a", 2),
        new ReadOnlyCollection<int>([1, 2]), new Collection<string>(["a"]), new ObservableCollection<int>([1]), new ReadOnlyDictionary<string, int>(new Dictionary<string, int> { ["a"] = 1 }),
        new ArrayList { 1, "a" }, new BitArray([true, false, true, true, false, true, false, true, true]), new Hashtable { ["a"] = 1 },
        new[] { "b", "a" }.ToFrozenSet(), new Dictionary<int, string> { [1] = "a" }.ToFrozenDictionary(), new ArraySegment<int>([1, 2, 3], 1, 2), new Names { new Person("Ann", 1) },
        Enumerable.Range(0, 5), Enumerable.Repeat("x", 3), new[] { 3, 1, 2 }.Order(), new[] { "bb", "a" }.Reverse(), Enumerable.Empty<string>(),
    ];

    [Theory]
    [MemberData(nameof(Sequences))]
    public void Sequence_comes_back_equal(IEnumerable value)
    {
        IEnumerable back = Ship<object>(value) as IEnumerable ?? throw new InvalidOperationException();
        Assert.IsType(value.GetType(), back);
        Assert.Equal(value.Cast<object?>(), back.Cast<object?>());
    }

    [Fact]
    public void Sequence_that_is_null_or_default_comes_back_so()
    {
        Assert.Null(Ship<string?>(null));
        Assert.Null(Ship<int[]?>(null));
        Assert.True(Ship(default(ImmutableArray<int>)).IsDefault);
        Assert.Null(Ship<int?>(null));
        Assert.Null(Ship<(int, string)?>(null));
        Assert.Equal((1, "a"), Ship<(int, string)?>((1, "a")));
    }

    [Fact]
    public void Arrays_of_several_dimensions_keep_shape_and_bounds()
    {
        Assert.Equal(new[,] { { 1.0, 2 }, { 3, 4 } }, Ship(new[,] { { 1.0, 2 }, { 3, 4 } }));
        Assert.Equal(new[,,] { { { "a", null } } }, Ship(new[,,] { { { "a", null } } }));
        Array shifted = Array.CreateInstance(typeof(int), [2], [5]);
        shifted.SetValue(42, 6);
        Array back = Ship(shifted);
        Assert.Equal(5, back.GetLowerBound(0));
        Assert.Equal(42, back.GetValue(6));
        Assert.Equal(0, Ship(new int[0, 5]).GetLength(0));
    }

    [Fact]
    public void Memory_ships_only_what_it_shows()
    {
        Memory<int> memory = new int[1000].AsMemory(10, 2);
        memory.Span[1] = 7;
        Assert.Equal([0, 7], Ship(memory).ToArray());
        Assert.Equal(["a"], Ship<ReadOnlyMemory<string>>(new[] { "a", "b" }.AsMemory(0, 1)).ToArray());
        Assert.True(Encode(memory).Length < 20);
    }

    [Fact]
    public void Private_readonly_and_inherited_fields_come_back()
    {
        var square = Assert.IsType<Square>(Ship<Shape>(new Square(2.5)));
        Assert.Equal(4, square.Sides);
        Assert.Equal(2.5, square.Edge);
    }

    [Fact]
    public void Structs_with_and_without_references_come_back()
    {
        var mixed = new Mixed { Number = 1, Text = "t", Place = new Point { X = 1, Y = 2, Colour = 3 } };
        Assert.Equal(mixed, Ship(mixed));
        Assert.Equal([mixed, default], Ship(new[] { mixed, default }));
        Assert.Equal(3, Ship(new Nothing[3]).Length);
        Assert.Null(Ship(new[] { new Hidden { Secret = this } })[0].Secret);
    }

    [Fact]
    public void Cycles_and_shared_references_stay_what_they_are()
    {
        var first = new Node { Value = 1 };
        var second = new Node { Value = 2, Next = first };
        first.Next = second;
        first.Neighbours.AddRange([first, second, first]);
        Node back = Ship(first);
        Assert.Same(back, back.Next!.Next);
        Assert.Same(back, back.Neighbours[0]);
        Assert.Same(back.Next, back.Neighbours[1]);
        Assert.Same(back, back.Neighbours[2]);
        object?[] itself = new object?[2];
        itself[0] = itself;
        object?[] again = Ship(itself);
        Assert.Same(again, again[0]);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(1000)]
    public void Identity_is_kept_in_large_graphs_and_told_of_where_there_is_none(int count)
    {
        List<int[]> trees = [.. Enumerable.Range(0, count).Select(i => new[] { i })], shared = [.. trees, trees[0]];
        Payload tree = Encode(trees), graph = Encode(shared);
        Assert.Equal(count == 1000, tree.ToArray()[0] >= Tag.Tree);
        Assert.True(graph.ToArray()[0] < Tag.Tree);
        Assert.Equal(trees.Select(a => a[0]), Ship(trees).Select(a => a[0]));
        List<int[]> back = Ship(shared);
        Assert.Same(back[0], back[^1]);
        Assert.Equal(trees.Select(a => a[0]), back[..count].Select(a => a[0]));
    }

    [Fact]
    public void Values_behind_one_another_are_graphs_of_their_own()
    {
        object[] tree = [.. Enumerable.Range(0, 1000).Select(i => (object)new[] { i })], graph = [tree[0], tree[0]];
        var writer = new PayloadWriter();
        var values = new ValueWriter<object[]>(writer, "item", null);
        foreach (object[] value in (object[][])[tree, graph, tree])
            values.Write(value);
        values.Release();
        var reader = new ValueReader<object[]>(new PayloadReader(writer.Detach()));
        Assert.Equal(1000, reader.Read().Distinct(ReferenceEqualityComparer.Instance).Count());
        Assert.Single(reader.Read().Distinct(ReferenceEqualityComparer.Instance));
        Assert.Equal(1000, reader.Read().Length);
    }

    [Fact]
    public void Many_shared_objects_stay_shared()
    {
        Node[] distinct = [.. Enumerable.Range(0, 1000).Select(i => new Node { Value = i })];
        Node[] back = Ship(distinct.Concat(distinct.Reverse()).ToArray());
        for (int i = 0; i < 1000; i++)
        {
            Assert.Equal(i, back[i].Value);
            Assert.Same(back[i], back[1999 - i]);
        }
    }

    [Fact]
    public void Objects_as_declared_interfaces_and_bases_keep_their_types()
    {
        IReadOnlyList<IEnumerable<int>> back = Ship<IReadOnlyList<IEnumerable<int>>>([new List<int> { 1 }, new HashSet<int> { 2 }, new[] { 3 }]);
        Assert.IsType<List<int>>(back[0]);
        Assert.IsType<HashSet<int>>(back[1]);
        Assert.IsType<int[]>(back[2]);
    }

    [Fact]
    public void Comparers_are_kept()
    {
        Assert.True(Ship(new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase) { ["A"] = 1 }).ContainsKey("a"));
        Assert.Contains(13, Ship(new HashSet<int>(new Modulo(10)) { 3 }));
        Assert.Contains("X", Ship(new SortedSet<string>(StringComparer.InvariantCultureIgnoreCase) { "x" }));
        Assert.Equal([3, 2, 1], Ship(new SortedSet<int>(Comparer<int>.Create((x, y) => y.CompareTo(x))) { 1, 2, 3 }));
        Assert.True(Ship(ImmutableDictionary.Create<string, int>(StringComparer.OrdinalIgnoreCase).Add("A", 1)).ContainsKey("a"));
        Assert.Contains("a", (ISet<string>)Ship(new[] { "A" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase)));
        Assert.True(Ship(new ConcurrentDictionary<string, int>(StringComparer.OrdinalIgnoreCase) { ["A"] = 1 }).ContainsKey("a"));
        Assert.Single(Ship(new[] { "A" }.ToLookup(s => s, StringComparer.OrdinalIgnoreCase))["a"]);
    }

    [Fact]
    public void Keys_hashed_by_their_contents_are_found_again_even_in_cycles()
    {
        Assert.Equal(1, Ship(new Dictionary<Person, int> { [new Person("Ann", 3)] = 1 })[new Person("Ann", 3)]);
        Assert.Contains(("a", 1), Ship(new HashSet<(string, int)> { ("a", 1) }));
        var set = new HashSet<Pair<string, object>>();
        var member = new Pair<string, object> { First = "m", Second = set };
        set.Add(member);
        HashSet<Pair<string, object>> back = Ship(set);
        Assert.Same(back, back.Single().Second);
        Assert.Contains(back.Single(), back);
    }

    [Fact]
    public void Collections_that_users_derive_keep_their_own_fields()
    {
        Bag bag = Ship(new Bag { 1, 2 });
        Assert.Equal([1, 2], bag);
        Registry registry = Ship(new Registry { ["A"] = 1 });
        registry.Limit = 7;
        registry = Ship(registry);
        Assert.Equal(1, registry["a"]);
        Assert.Equal(7, registry.Limit);
        Assert.Equal(3, Ship(new Names { new Person("Ann", 3) })["Ann"].Age);
    }

    [Fact]
    public void Objects_of_dotnet_work_when_they_come_back()
    {
        Assert.Equal("abc", Ship(new StringBuilder("ab")).Append('c').ToString());
        Assert.Equal(new Random(42).Next(), Ship(new Random(42)).Next());
        Assert.InRange(Ship(new Random()).NextDouble(), 0, 1);
        Assert.Equal(5, Ship(new Lazy<int>(5)).Value);
        Assert.Matches(Ship(new Regex("a+", RegexOptions.IgnoreCase)), "xAAx");
        lock (Ship(new Lock()))
        {
            Assert.NotNull(Ship(new object()));
        }
        var queue = new PriorityQueue<string, int>();
        queue.EnqueueRange([("c", 3), ("a", 1), ("b", 2)]);
        Assert.Equal("a", Ship(queue).Dequeue());
        var culture = new CultureInfo("de-DE") { NumberFormat = { NumberDecimalSeparator = "_" } };
        Assert.Equal("1_5", 1.5.ToString(Ship(culture)));
        Assert.Equal("PathosHpc.Tests", Ship(NLog.LogManager.GetLogger("PathosHpc.Tests")).Name);
        Assert.Equal([1, 2], Ship(new[] { (1, 'a'), (2, 'a') }.GroupBy(p => p.Item2, p => p.Item1)).Single());
        Assert.Equal("k", Ship(new[] { "x" }.GroupBy(_ => "k").Single()).Key);
    }

    [Fact]
    public void Items_may_hold_functions_where_delegates_are_declared()
    {
        int factor = 3;
        Func<int, int> times = Ship<Func<int, int>>(x => factor * x);
        Assert.Equal(12, times(4));
        IEnumerable<int> query = new[] { 1, 2, 3 }.Where(x => x > 1).Select(x => x * factor);
        Assert.Equal([6, 9], Ship(query));
        Assert.Throws<CannotShipException>(() => Ship<object>(times));
    }

    [Fact]
    public void Long_chains_and_deep_nesting_need_no_deep_stack()
    {
        var first = new Chain();
        Chain last = first;
        for (int i = 1; i < 1_000_000; i++)
            last = last.Next = new Chain { Number = i };
        int count = 0;
        for (Chain? link = Ship(first); link is not null && link.Number == count; link = link.Next)
            count++;
        Assert.Equal(1_000_000, count);

        object nested = "bottom";
        for (int i = 0; i < 100_000; i++)
            nested = i % 2 == 0 ? new object[] { nested } : new List<object> { nested };
        object back = Ship(nested);
        for (int i = 0; i < 100_000; i++)
            back = ((IList)back)[0]!;
        Assert.Equal("bottom", back);
    }

    [Fact]
    public void Nesting_too_deep_for_what_must_be_whole_is_an_error_not_a_crash()
    {
        var first = new Chain();
        Chain last = first;
        for (int i = 1; i < 200_000; i++)
            last = last.Next = new Chain();
        var refusal = Assert.Throws<CannotShipException>(() => Ship(ImmutableDictionary<string, Chain>.Empty.Add("a", first)));
        Assert.InRange(refusal.Message.Length, 1, 1000);
        Func<int, int> composed = x => x;
        for (int i = 0; i < 200_000; i++)
        {
            Func<int, int> inner = composed;
            composed = x => inner(x) + 1;
        }
        Assert.Throws<CannotShipException>(() => Ship(composed));
        Assert.Same(typeof(Chain), Ship(ImmutableList.Create(first))[0].GetType());
    }

    [Fact]
    public void Unchangeable_collection_that_holds_itself_is_refused()
    {
        var holder = new Pair<string, object>();
        holder.Second = ImmutableList.Create<object>(holder);
        Assert.Same(Ship(holder).GetType(), holder.GetType());
        ImmutableList<object> list = (ImmutableList<object>)holder.Second;
        Assert.Contains("holds itself", Assert.Throws<CannotShipException>(() => Ship(list)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fields_marked_NonSerialized_stay_behind()
    {
        Partial back = Ship(new Partial { Kept = 5 });
        Assert.Equal(5, back.Kept);
        Assert.Null(back.Left);
    }
}

public sealed class GraphEmittedTests() : GraphTests(CodecPath.Emitted);

public sealed class GraphReflectedTests() : GraphTests(CodecPath.Reflected);
