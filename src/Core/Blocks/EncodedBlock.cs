using System.Runtime.InteropServices;

namespace PathosHpc;

/// <summary>A block whose values are encoded: at a fixed stride, or each up to its end offset.</summary>
/// <remarks>On the wire: first index (int64), count (int32), stride (int32: bytes a value, -4 or -8 for a table of count end offsets
/// of 4 or 8 bytes), the table if any, length of the values (int64), the values.</remarks>
internal sealed class EncodedBlock : Block
{
    public const int HeaderSize = 24;

    private readonly int stride;
    private readonly long[]? ends;
    private readonly int endsOffset;
    private readonly long start;

    public EncodedBlock(long first, int count, int stride, Payload values) : base(first, count)
        => (this.stride, Values) = (stride, values);

    public EncodedBlock(long first, long[] ends, int endsOffset, int count, long start, Payload values) : base(first, count)
        => (this.ends, this.endsOffset, this.start, Values) = (ends, endsOffset, start, values);

    /// <summary>The values of this block, one behind the other.</summary>
    public Payload Values { get; }

    /// <summary>Bytes of each value, or 0 when they differ.</summary>
    public int Stride => ends is null ? stride : 0;

    public bool HasStride => ends is null;

    public override long Bytes => Values.Length + (ends is null ? 0 : 4L * Count);

    /// <summary>Has the memory of the values used again once all of them were answered and none of it is being sent. For who made or received this block, and has no other use for it.</summary>
    /// <param name="whole">What the values are a part of.</param>
    public EncodedBlock RecycleWhenAnswered(Payload whole)
    {
        if (whole.Length >= RecycledArrays.Shortest)
            Values.Memory = new BlockMemory(whole, Count);
        return this;
    }

    public override Block Slice(long first, int count)
    {
        if (first == First && count == Count)
            return this;
        int skip = (int)(first - First);
        if (ends is null)
            return new EncodedBlock(first, count, stride, Values.Slice((long)skip * stride, (long)count * stride));
        long from = StartOf(skip), to = StartOf(skip + count);
        return new EncodedBlock(first, ends, endsOffset + skip, count, start + from, Values.Slice(from, to - from));
    }

    public override int CountWithin(long bytes)
    {
        if (Bytes <= bytes)
            return Count;
        if (ends is null)
            return (int)Math.Clamp(bytes / Math.Max(stride, 1), 1, Count);
        int found = Array.BinarySearch(ends, endsOffset, Count, start + bytes);
        return Math.Clamp((found < 0 ? ~found : found + 1) - endsOffset, 1, Count);
    }

    /// <summary>Where value <paramref name="i"/> begins within <see cref="Values"/>.</summary>
    public long StartOf(int i) => ends is null ? (long)i * stride : i == 0 ? 0 : ends[endsOffset + i - 1] - start;

    /// <summary>Header and table, to be followed by <see cref="Values"/>.</summary>
    public void WriteHeader(PayloadWriter writer)
    {
        writer.WriteInt64(First);
        writer.WriteInt32(Count);
        if (ends is null)
        {
            writer.WriteInt32(stride);
        }
        else
        {
            bool narrow = Values.Length <= int.MaxValue;
            writer.WriteInt32(narrow ? -4 : -8);
            writer.EnsureRoom(Count * (narrow ? 4L : 8L));
            for (int i = 1; i <= Count; i++)
            {
                if (narrow)
                    writer.WriteInt32((int)StartOf(i));
                else
                    writer.WriteInt64(StartOf(i));
            }
        }
        writer.WriteInt64(Values.Length);
    }

    /// <summary>Reads what <see cref="WriteHeader"/> and the values behind it make; the values are not copied.</summary>
    /// <exception cref="MalformedPayloadException">The block contradicts itself.</exception>
    public static EncodedBlock Read(PayloadReader reader)
    {
        long first = reader.ReadInt64();
        int count = reader.ReadInt32(), stride = reader.ReadInt32();
        if (first < 0 || count < 1 || first > long.MaxValue - count)
            throw new MalformedPayloadException($"A block of {count} items from index {first} is impossible.");
        if (stride >= 0)
        {
            long length = reader.ReadInt64();
            if (length != (long)count * stride)
                throw new MalformedPayloadException($"A block of {count} values of {stride} bytes is announced with {length} bytes.");
            return new EncodedBlock(first, count, stride, reader.ReadPayload(length));
        }
        long[] ends = ReadEnds(reader, count, stride);
        long bytes = reader.ReadInt64();
        if (bytes != ends[^1])
            throw new MalformedPayloadException($"The last of {count} values ends at byte {ends[^1]} of {bytes}.");
        return new EncodedBlock(first, ends, 0, count, 0, reader.ReadPayload(bytes));
    }

    private static long[] ReadEnds(PayloadReader reader, int count, int stride)
    {
        int width = stride switch { -4 => 4, -8 => 8, _ => throw new MalformedPayloadException($"A stride of {stride} bytes is impossible.") };
        if ((long)count * width > reader.Remaining)
            throw new MalformedPayloadException($"{count} end offsets are announced, but only {reader.Remaining} bytes follow.");
        var ends = new long[count];
        if (width == 8)
        {
            reader.ReadBytes(MemoryMarshal.AsBytes(ends.AsSpan()));
        }
        else
        {
            for (int i = 0; i < count; i++)
                ends[i] = (uint)reader.ReadInt32();
        }
        for (long i = 0, previous = 0; i < count; previous = ends[i++])
        {
            if (ends[i] < previous)
                throw new MalformedPayloadException($"End offset {i} is {ends[i]}, before the one ahead of it, {previous}.");
        }
        return ends;
    }
}
