using System.Runtime.InteropServices;

namespace PathosHpc;

/// <summary>Encodes values of <typeparamref name="T"/> into blocks.</summary>
internal sealed class BlockEncoder<T>
{
    /// <summary>Up to here a copy costs less than a buffer that is handed over and made anew.</summary>
    private const int CopiedUpTo = 4096;

    /// <summary>A block that was longer than this is likely to be followed by one as long, for which room is made once.</summary>
    private const int LongBlock = RecycledArrays.Shortest;

    private long lastLength;

    private readonly PayloadWriter writer;
    private readonly ValueWriter<T> next;
    private readonly List<long> ends = [];
    private readonly List<ReadOnlyMemory<byte>>? arrays;

    /// <param name="role">What the values are in error messages: <c>item</c> or <c>result</c>.</param>
    /// <param name="inPlace">Whether large arrays of numbers in the values stay as they are until the block was sent, and so need not be copied.</param>
    public BlockEncoder(string role = "item", bool inPlace = false)
    {
        writer = new PayloadWriter();
        arrays = inPlace ? [] : null;
        next = new ValueWriter<T>(writer, role, arrays);
    }

    /// <summary>Values since the last block was taken.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes since the last block was taken.</summary>
    public long Bytes => writer.Length;

    /// <summary>Adds a value. When it cannot be encoded the block stays as it was.</summary>
    public void Add(T value)
    {
        arrays?.Clear();
        if (Count == 0 && lastLength > LongBlock)
            writer.EnsureRoom(lastLength + (lastLength / 16));
        next.Write(value);
        if (arrays?.Count > 0)
            arrays.ForEach(writer.Append);
        if (ItemCodec<T>.Stride == 0)
            ends.Add(writer.Length);
        Count++;
    }

    /// <summary>Makes room once for as many values as will come.</summary>
    public void Expect(int count) => writer.EnsureRoom((long)count * ItemCodec<T>.Stride);

    /// <summary>Room for the memory of <paramref name="count"/> values of a type that travels so.</summary>
    public Span<byte> Room(int count) => writer.Reserve(checked(count * ItemCodec<T>.Stride));

    /// <summary>Says that only <paramref name="count"/> values were put where <see cref="Room"/> had room for <paramref name="of"/>.</summary>
    public void Added(int count, int of)
    {
        if (count < of)
            writer.Rewind(writer.Length - ((long)(of - count) * ItemCodec<T>.Stride));
        Count += count;
    }

    /// <summary>Hands over what was added as a block whose first value has index <paramref name="first"/>.</summary>
    public EncodedBlock Take(long first)
    {
        int count = Count;
        Count = 0;
        next.Release();
        if (ItemCodec<T>.Stride > 0)
            return new EncodedBlock(first, count, ItemCodec<T>.Stride, TakeBytes());
        long[] table = [.. ends];
        ends.Clear();
        return new EncodedBlock(first, table, 0, count, 0, TakeBytes());
    }

    private Payload TakeBytes()
    {
        if (writer.Length > CopiedUpTo)
        {
            Payload own = writer.Detach();
            lastLength = own.Segments.Length == 1 ? own.Length : 0;
            return own;
        }
        var bytes = new Payload(writer.WrittenSpan.ToArray());
        writer.Clear();
        return bytes;
    }

    /// <summary>A block of <paramref name="values"/>; raw memory where the type allows it.</summary>
    public EncodedBlock Encode(long first, ReadOnlySpan<T> values)
    {
        if (ItemCodec<T>.Stride > 0)
        {
            ReadOnlySpan<byte> memory = RawValues.Bytes(values);
            byte[] bytes = RecycledArrays.Rent(memory.Length);
            memory.CopyTo(bytes);
            return new EncodedBlock(first, values.Length, ItemCodec<T>.Stride, Payload.OfOwn(bytes, memory.Length));
        }
        foreach (T value in values)
            Add(value);
        return Take(first);
    }
}
