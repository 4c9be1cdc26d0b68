using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PathosHpc;

/// <summary>One-dimensional arrays. The head is the length.</summary>
internal sealed class ArrayCodec<T> : PlainCodec
{
    /// <summary>Shorter arrays are not worth being treated apart.</summary>
    private const long LeastBulk = 1 << 18;

    public ArrayCodec() => HasBulk = Slot<T>.Raw;

    public override void WriteHead(GraphWriter writer, object value) => writer.Out.WriteVarUInt((ulong)Unsafe.As<T[]>(value).Length);

    public override void WriteBody(GraphWriter writer, object value) => Elements<T>.Write(writer, Unsafe.As<T[]>(value));

    public override object ReadHead(GraphReader reader) => Elements<T>.Allocate(reader.In.ReadCount(Elements<T>.MinimumSize));

    public override void ReadBody(GraphReader reader, object value) => Elements<T>.Read(reader, Unsafe.As<T[]>(value));

    public override void WriteNew(GraphWriter writer, object value)
    {
        if (!Slot<T>.Raw)
        {
            base.WriteNew(writer, value);
            return;
        }
        WriteHead(writer, value);
        WriteBody(writer, value);
    }

    public override object ReadNew(GraphReader reader)
    {
        if (!Slot<T>.Raw)
            return base.ReadNew(reader);
        object value = ReadHead(reader);
        reader.Add(value);
        ReadBody(reader, value);
        return value;
    }

    public override long BulkLength(object value) =>
        Slot<T>.Raw && (long)Unsafe.As<T[]>(value).Length * Unsafe.SizeOf<T>() is >= LeastBulk and var length ? length : 0;

    public override Span<byte> Bulk(object value, long offset, int length) =>
        MemoryMarshal.CreateSpan(ref Unsafe.AddByteOffset(ref Unsafe.As<T, byte>(ref MemoryMarshal.GetArrayDataReference(Unsafe.As<T[]>(value))), (nint)offset), length);

    public override IEnumerable<ReadOnlyMemory<byte>> BulkSegments(object value)
    {
        var array = Unsafe.As<T[]>(value);
        int most = Payload.MaxSegment / Unsafe.SizeOf<T>();
        for (int start = 0, count; start < array.Length; start += count)
        {
            count = Math.Min(most, array.Length - start);
            yield return ArrayBytes<T>.IsPossible ? new ArrayBytes<T>(array, start, count).Memory : Copy(value, start, count);
        }
    }

    private byte[] Copy(object value, int start, int count)
    {
        byte[] copy = LargeArrays.Allocate<byte>(count * Unsafe.SizeOf<T>());
        Bulk(value, (long)start * Unsafe.SizeOf<T>(), copy.Length).CopyTo(copy);
        return copy;
    }
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
