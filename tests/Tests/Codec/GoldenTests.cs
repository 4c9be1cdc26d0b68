namespace PathosHpc.Tests;

/// <summary>The bytes of format version 1. A change here is a change of the format: give it a new version.</summary>
public abstract class GoldenTests : CodecTest
{
    private protected GoldenTests(CodecPath path) : base(path) { }

    [Fact]
    public void Values_without_references_are_their_memory()
    {
        Bytes("2A000000", 42);
        Bytes("000000000000F83F", 1.5);
        Bytes("0100000002000000", (1, 2));
        Bytes("C8", Colour.Blue);
        Bytes("01000000FF000000", (int?)255);
        Assert.Equal((4, 8, 16, 0, 0), (ItemCodec<int>.Stride, ItemCodec<double>.Stride, ItemCodec<Guid>.Stride, ItemCodec<string>.Stride, ItemCodec<nint>.Stride));
    }

    [Fact]
    public void References_are_tagged()
    {
        Bytes("00", (string?)null);
        Bytes("054869", "Hi");
        Bytes("00", (int[]?)null);
        Bytes("0202" + "0100000002000000", new[] { 1, 2 });
        Bytes("0203" + "0361" + "00" + "01", new[] { "a", null, "" });
        Bytes("0202" + "0200" + "0101", new[] { Shared, Shared });
        Bytes("0202" + "01000000" + "02000000", new List<int> { 1, 2 });
    }

    [Fact]
    public void Objects_are_their_fields_in_order()
    {
        Bytes("02" + "05416E" + "1E000000" + "00", new Person("An", 30));
        Bytes("02" + "01000000" + "00" + "02" + "01" + "0100", Looped());
    }

    [Fact]
    public void Other_types_are_named_once()
    {
        Bytes("03" + "00" + "01" + "28" + "07000000", (object)7);
        Bytes("0202" + "03" + "0001" + "28" + "07000000" + "03" + "01" + "08000000", new object[] { 7, 8 });
        Bytes("03" + "00" + "01" + "21" + "054869", (object)"Hi");
        Bytes("03" + "00" + "02" + "04" + "28" + "01" + "07000000", (object)new[] { 7 });
    }

    private static readonly int[] Shared = [];

    private static Node Looped()
    {
        var node = new Node { Value = 1 };
        node.Neighbours.Add(node);
        return node;
    }

    private static void Bytes<T>(string hex, T value)
    {
        Assert.Equal(hex, Convert.ToHexString(Encode(value).ToArray()));
        Assert.Equal(hex, Convert.ToHexString(Encode(Decode<T>(Convert.FromHexString(hex))).ToArray()));
    }
}

public sealed class GoldenEmittedTests() : GoldenTests(CodecPath.Emitted);

public sealed class GoldenReflectedTests() : GoldenTests(CodecPath.Reflected);
