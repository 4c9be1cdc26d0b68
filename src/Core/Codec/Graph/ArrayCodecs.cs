using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PathosHpc;

/// <summary>One-dimensional arrays. The head is the length.</summary>
internal sealed class ArrayCodec<T> : ObjectCodec
{
    public override void WriteHead(GraphWriter writer, object value) => writer.Out.WriteVarUInt((ulong)((T[])value).Length);

    public override void WriteBody(GraphWriter writer, object value) => Elements<T>.Write(writer, (T[])value);

    public override object ReadHead(GraphReader reader) => Elements<T>.Allocate(reader.In.ReadCount(Elements<T>.MinimumSize));

    public override void ReadBody(GraphReader reader, object value) => Elements<T>.Read(reader, (T[])value);
}

/// <summary>Arrays of several dimensions, or of one that does not begin at 0. The head is the lengths and the lower bounds.</summary>
internal sealed class MultiArrayCodec<T>(Type type) : ObjectCodec
{
    public override void WriteHead(GraphWriter writer, object value)
    {
        var array = (Array)value;
        for (int dimension = 0; dimension < array.Rank; dimension++)
        {
            writer.Out.WriteVarUInt((ulong)array.GetLength(dimension));
            writer.Out.WriteInt32(array.GetLowerBound(dimension));
        }
    }

    public override object ReadHead(GraphReader reader)
    {
        int rank = type.GetArrayRank();
        var lengths = new int[rank];
        var bounds = new int[rank];
        long count = 1;
        for (int dimension = 0; dimension < rank; dimension++)
        {
            lengths[dimension] = checked((int)reader.In.ReadCount(0));
            bounds[dimension] = reader.In.ReadInt32();
            count = checked(count * lengths[dimension]);
        }
        if (count > reader.In.Remaining / Elements<T>.MinimumSize)
            throw new MalformedPayloadException($"An array of {string.Join(" x ", lengths)} elements is announced, but only {reader.In.Remaining} bytes follow.");
        return Array.CreateInstanceFromArrayType(type, lengths, bounds);
    }

    public override void WriteBody(GraphWriter writer, object value) => Elements<T>.Write(writer, Flat((Array)value));

    public override void ReadBody(GraphReader reader, object value) => Elements<T>.Read(reader, Flat((Array)value));

    private static Span<T> Flat(Array array) =>
        MemoryMarshal.CreateSpan(ref Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(array)), array.Length);
}
