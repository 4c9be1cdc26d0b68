using System.Reflection;

namespace PathosHpc.Tests;

/// <summary>Bytes that were made to do harm.</summary>
public sealed class HostileTests : CodecTest
{
    public HostileTests() : base(CodecPath.Automatic) { }

    private static byte[] Bytes(Action<PayloadWriter> write)
    {
        var writer = new PayloadWriter();
        write(writer);
        return writer.Detach().ToArray();
    }

    /// <summary>A reference to a new object of another type, whose name is as given.</summary>
    private static byte[] Naming(bool framework, string assembly, string type, Guid mvid = default) => Bytes(writer =>
    {
        var name = new PayloadWriter();
        name.WriteByte(framework ? (byte)2 : (byte)1);
        name.WriteString(assembly);
        if (!framework)
            name.WriteGuid(mvid);
        name.WriteString(type);
        writer.WriteByte(Tag.Other);
        writer.WriteVarUInt(0);
        writer.WriteVarUInt((ulong)name.Length);
        writer.WriteBytes(name.WrittenSpan);
        writer.WriteBytes(new byte[64]);
    });

    [Theory]
    [InlineData("System.Private.CoreLib", "System.IO.FileStream")]
    [InlineData("System.Private.CoreLib", "System.Threading.Thread")]
    [InlineData("System.Private.CoreLib", "System.Reflection.RuntimeAssembly")]
    [InlineData("System.Private.CoreLib", "System.AppDomain")]
    [InlineData("System.Private.CoreLib", "System.IntPtr")]
    [InlineData("System.Private.CoreLib", "System.Span`1")]
    [InlineData("System.Private.CoreLib", "System.Collections.IEnumerable")]
    [InlineData("System.Private.CoreLib", "System.Void")]
    [InlineData("System.Private.CoreLib", "System.TypedReference")]
    [InlineData("System.Private.CoreLib", "System.NoSuchType")]
    [InlineData("System.Private.CoreLib", "System.Collections.Generic.List`1[[Evil, Evil]]")]
    [InlineData("System.Private.CoreLib", "System.Int32*")]
    [InlineData("System.Private.CoreLib", "")]
    [InlineData("System.Diagnostics.Process", "System.Diagnostics.Process")]
    [InlineData("System.Diagnostics.Process", "System.Diagnostics.ProcessStartInfo")]
    [InlineData("System.Private.CoreLib", "System.Action")]
    [InlineData("Evil", "Evil.Type")]
    [InlineData("/tmp/Evil.dll", "Evil.Type")]
    [InlineData("../Evil", "Evil.Type")]
    [InlineData("Evil, Version=1.0.0.0", "Evil.Type")]
    public void Type_that_has_no_business_here_is_not_made(string assembly, string type)
    {
        int before = AppDomain.CurrentDomain.GetAssemblies().Count(loaded => loaded.GetName().Name == "Evil");
        Assert.Throws<MalformedPayloadException>(() => Decode<object>(Naming(framework: true, assembly, type)));
        Assert.Throws<MalformedPayloadException>(() => Decode<object>(Naming(framework: false, assembly, type)));
        Assert.Equal(before, AppDomain.CurrentDomain.GetAssemblies().Count(loaded => loaded.GetName().Name == "Evil"));
    }

    [Fact]
    public void Type_that_does_not_fit_its_place_is_not_made()
    {
        byte[] person = Encode<object>(new Person("Ann", 3)).ToArray();
        Assert.IsType<Person>(Decode<object>(person));
        Assert.Throws<MalformedPayloadException>(() => Decode<Shape>(person));
        Assert.Throws<MalformedPayloadException>(() => Decode<IEnumerable<int>>(person));
    }

    [Fact]
    public void Functions_are_not_made_where_data_is_expected()
    {
        byte[] function = FunctionShipping.Encode(new Func<int, int>(x => x + 1), false).Payload.ToArray();
        Assert.IsType<Func<int, int>>(FunctionShipping.Decode(new Payload(function)));
        Assert.Throws<MalformedPayloadException>(() => Decode<object>(function[4..]));
    }

    [Fact]
    public void Counts_that_the_bytes_cannot_hold_allocate_nothing()
    {
        static byte[] Count(ulong count) => Bytes(writer => { writer.WriteByte(Tag.Declared); writer.WriteVarUInt(count); writer.WriteBytes(new byte[32]); });
        foreach (ulong count in (ulong[])[40, int.MaxValue, uint.MaxValue, long.MaxValue, ulong.MaxValue])
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<MalformedPayloadException>(() => Decode<double[]>(Count(count)));
            Assert.Throws<MalformedPayloadException>(() => Decode<string[]>(Count(count)));
            Assert.Throws<MalformedPayloadException>(() => Decode<List<Structure>>(Count(count)));
            Assert.Throws<MalformedPayloadException>(() => Decode<Nothing[]>(Count(count)));
            Assert.Throws<MalformedPayloadException>(() => Decode<Hidden[]>(Count(count)));
            Assert.Throws<MalformedPayloadException>(() => Decode<double[,]>(Bytes(writer => { writer.WriteByte(Tag.Declared); writer.WriteVarUInt(count); writer.WriteInt32(0); writer.WriteVarUInt(count); writer.WriteInt32(0); })));
            Assert.Throws<MalformedPayloadException>(() => Decode<string>(Bytes(writer => writer.WriteVarUInt(count))));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200_000);
        }
    }

    [Fact]
    public void Nesting_without_end_is_an_error()
    {
        byte[] deep = new byte[5_000_000];
        Array.Fill(deep, Tag.Declared);
        Assert.Throws<MalformedPayloadException>(() => Decode<Chain>(deep));
    }

    [Fact]
    public void References_to_what_is_not_there_are_errors()
    {
        Assert.Throws<MalformedPayloadException>(() => Decode<Chain>([Tag.Known, 0]));
        Assert.Throws<MalformedPayloadException>(() => Decode<Chain>([77]));
        Assert.Throws<MalformedPayloadException>(() => Decode<object>([Tag.Other, 5]));
        Assert.Throws<MalformedPayloadException>(() => Decode<object>([Tag.Declared | 0x80]));
        Assert.Throws<MalformedPayloadException>(() => Decode<object>([Tag.Tree]));
        Assert.Throws<MalformedPayloadException>(() => Decode<Chain>([Tag.Tree + Tag.Known, 0]));
    }

    [Fact]
    public void A_graph_that_refers_to_an_object_again_though_it_said_it_would_not_is_an_error()
    {
        byte[] bytes = Encode<int[][]>([.. Enumerable.Repeat(new[] { 1 }, 3)]).ToArray();
        Assert.Equal(3, Decode<int[][]>(bytes).Length);
        bytes[0] += Tag.Tree;
        Assert.Throws<MalformedPayloadException>(() => Decode<int[][]>(bytes));
        bytes[0] -= Tag.Tree;
        bytes[bytes.AsSpan().LastIndexOf(Tag.Declared)] += Tag.Tree;
        Assert.Throws<MalformedPayloadException>(() => Decode<int[][]>(bytes));
    }

    [Fact]
    public void Keys_that_contain_themselves_do_not_overflow_the_stack()
    {
        var key = new Tree("k", null, null);
        byte[] good = Encode(new HashSet<Tree> { new("k", key, key) }).ToArray();
        Assert.Single(Decode<HashSet<Tree>>(good));
        int reference = Array.LastIndexOf(good, Tag.Known);
        good[reference + 1] = 1;
        Assert.Throws<MalformedPayloadException>(() => Decode<HashSet<Tree>>(good));
    }

    [Fact]
    public void Another_build_is_stale_not_malformed()
    {
        byte[] bytes = FunctionShipping.Encode(new SyncFunction<int, int>(x => x + 1), false).Payload.ToArray();
        byte[] mvid = typeof(HostileTests).Module.ModuleVersionId.ToByteArray();
        int at = bytes.AsSpan().IndexOf(mvid);
        Assert.True(at > 0);
        bytes[at] ^= 1;
        mvid[0] ^= 1;
        var stale = Assert.Throws<StaleBuildException>(() => FunctionShipping.Decode(new Payload(bytes)));
        Assert.Equal(new Guid(mvid), stale.ExpectedMvid);
        Assert.Equal(typeof(HostileTests).Module.ModuleVersionId, stale.FoundMvid);
        Assert.Equal("PathosHpc.Tests", stale.AssemblyName);
        Assert.Contains(Assembly.GetExecutingAssembly().Location, stale.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_type_in_a_row_that_is_another_ones_or_nobodys_is_an_error()
    {
        byte[] name = TypeNames.Describe(typeof(Tree)), row = Row(typeof(Tree).MetadataToken);
        Assert.Equal(row, name[^row.Length..]);
        Assert.Same(typeof(Tree), TypeNames.Resolve(name));
        foreach (ulong other in new ulong[] { 0, 1, (ulong)(typeof(HostileTests).MetadataToken & 0xFFFFFF), 0xFFFFFF, 1UL << 32, ulong.MaxValue })
            Assert.Throws<MalformedPayloadException>(() => TypeNames.Resolve([.. name[..^row.Length], .. Bytes(writer => writer.WriteVarUInt(other))]));
        Assert.Throws<MalformedPayloadException>(() => TypeNames.Resolve(name.AsSpan(..^row.Length)));

        // As names were written that had no rows.
        Assert.Same(typeof(Tree), TypeNames.Resolve([1, .. name[1..^row.Length]]));

        static byte[] Row(int token) => Bytes(writer => writer.WriteVarUInt((ulong)(token & 0xFFFFFF)));
    }

    private sealed record Tree(string Name, Tree? Left, Tree? Right);
}
