using System.Linq.Expressions;
using System.Net.Sockets;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.Loader;

namespace PathosHpc.Tests;

public sealed class RefusalTests() : ShippingTest(CodecPath.Automatic)
{
    [Fact]
    public void Captured_stream_is_named()
    {
        using var log = new FileStream("/dev/null", FileMode.Open);
        CannotShipException refusal = Refused((int x) => { log.WriteByte((byte)x); return x; });
        Assert.StartsWith("captured variable 'log': System.IO.FileStream cannot be shipped (an operating-system or thread resource)", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("captured variable 'log'", refusal.Path);
        Assert.Equal(typeof(FileStream), refusal.OffendingType);
    }

    public static TheoryData<object, string> Resources => new()
    {
        { new MemoryStream(), "open it inside" },
        { new StringReader(""), "open it inside" },
        { new HttpClient(), "open it inside" },
        { new CancellationTokenSource(), "CancellationToken as its last parameter" },
        { new CancellationTokenSource().Token, "CancellationToken as its last parameter" },
        { Task.FromResult(1), "await it" },
        { new ValueTask<int>(1), "await it" },
        { Thread.CurrentThread, "inside the function" },
        { new Timer(_ => { }), "inside the function" },
        { new SemaphoreSlim(1), "inside the function" },
        { new ThreadLocal<int>(), "inside the function" },
        { (nint)5, "[NonSerialized]" },
        { new Socket(SocketType.Stream, ProtocolType.Tcp), "inside the function" },
        { System.Diagnostics.Process.GetCurrentProcess(), "inside the function" },
        { new SerialPool(), "make a pool inside the item" },
        { new Progress<int>(), "MapOptions.Progress" },
        { Expression.Lambda<Func<int>>(Expression.Constant(1)), "inside" },
        { Expression.Lambda<Func<int>>(Expression.Constant(1)).Compile(), "write it as a lambda" },
        { new List<int> { 1 }.GetEnumerator(), "ToArray()" },
        { typeof(int).GetMethods()[0], "inside" },
        { new WeakReference(""), "inside" },
    };

    [Theory]
    [MemberData(nameof(Resources))]
    public void Resource_is_refused_with_a_remedy(object resource, string remedy)
    {
        CannotShipException refusal = Refused((int x) => resource.GetHashCode() + x);
        Assert.StartsWith("captured variable 'resource': ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Path_leads_through_members_and_elements()
    {
        var owners = new List<Owner> { new(), new() { Source = new Holder { Stream = Stream.Null } } };
        Assert.Equal("captured variable 'owners'[1].Source.Stream", Refused((int x) => owners.Count).Path);
        var writer = new PayloadWriter();
        writer.WriteByte(7);
        var refusal = Assert.Throws<CannotShipException>(() => ItemCodec<Owner>.Write(writer, owners[1]));
        Assert.Equal("item.Source.Stream", refusal.Path);
        Assert.Equal(1, writer.Length);
        Assert.Equal("result", Assert.Throws<CannotShipException>(() => ItemCodec<Stream>.Write(writer, Stream.Null, "result")).Path);
        Holder deep = new() { Anything = new Pair<int, object> { Second = new Dictionary<string, object> { ["k"] = Task.CompletedTask } } };
        Assert.StartsWith("item.Anything.Second[0]", Assert.Throws<CannotShipException>(() => ItemCodec<Holder>.Write(writer, deep)).Path, StringComparison.Ordinal);
    }

    [Fact]
    public void Path_leads_through_functions_and_this()
    {
        using var log = new MemoryStream();
        Func<int, int> inner = x => { log.WriteByte(1); return x; };
        Assert.Equal("captured variable 'inner', captured variable 'log'", Refused((int x) => inner(x)).Path);
        var holder = new WithStream();
        Assert.Equal("captured 'this'.Stream", Refused<int, int>(holder.Use).Path);
        Assert.Equal("captured 'this'.Stream", Refused(holder.Lambda(1)).Path);
        CannotShipException compiled = Refused(Expression.Lambda<Func<int, int>>(Expression.Constant(1), Expression.Parameter(typeof(int))).Compile());
        Assert.StartsWith("the function: ", compiled.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_needs_a_missing_assembly_is_told_to_lack_it()
    {
        var absent = new PersistedAssemblyBuilder(new AssemblyName("Absent"), typeof(object).Assembly);
        Type part = absent.DefineDynamicModule("Absent").DefineType("Part", TypeAttributes.Public).CreateType();
        var present = new PersistedAssemblyBuilder(new AssemblyName("Present"), typeof(object).Assembly);
        TypeBuilder whole = present.DefineDynamicModule("Present").DefineType("Whole", TypeAttributes.Public);
        whole.DefineField("part", part, FieldAttributes.Public);
        whole.CreateType();
        using var image = new MemoryStream();
        present.Save(image);
        var context = new AssemblyLoadContext("RefusalTests");
        image.Position = 0;
        object item = Activator.CreateInstance(context.LoadFromStream(image).GetType("Whole", throwOnError: true)!)!;
        var refusal = Assert.Throws<CannotShipException>(() => ItemCodec<object>.Write(new PayloadWriter(), item));
        Assert.StartsWith("item: it could not be read while it was being shipped: ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Absent", refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith("beside the program.", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_refused_that_is_null_or_unused()
    {
        Stream? none = null;
        Assert.True(Send((int x) => none is null)(1));
    }

    private sealed class WithStream
    {
        public Stream Stream = Stream.Null;
        public int Use(int x) => x + (int)Stream.Length;
        public Func<int, int> Lambda(int k) => x => x + k + (int)Stream.Length;
    }
}
