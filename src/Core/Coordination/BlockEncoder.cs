using System.Runtime.InteropServices;

namespace PathosHpc;

/// <summary>Encodes values of <typeparamref name="T"/> into blocks.</summary>
internal sealed class BlockEncoder<T>
{
    private readonly PayloadWriter writer = new();
    private readonly List<long> ends = [];

    /// <summary>Values since the last block was taken.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes since the last block was taken.</summary>
    public long Bytes => writer.Length;

    /// <summary>Adds a value. When it cannot be encoded the block is as it was before.</summary>
    public void Add(T value)
    {
        long before = writer.Length;
        try
        {
            ItemCodec<T>.Write(writer, value);
        }
        catch
        {
            writer.Rewind(before);
            throw;
        }
        if (ItemCodec<T>.Stride == 0)
            ends.Add(writer.Length);
        Count++;
    }

    /// <summary>Hands over what was added as a block whose first value has index <paramref name="first"/>.</summary>
    public EncodedBlock Take(long first)
    {
        int count = Count;
        Count = 0;
        if (ItemCodec<T>.Stride > 0)
            return new EncodedBlock(first, count, ItemCodec<T>.Stride, writer.Detach());
        long[] table = [.. ends];
        ends.Clear();
        return new EncodedBlock(first, table, 0, count, 0, writer.Detach());
    }

    /// <summary>A block of <paramref name="values"/>; raw memory where the type allows it.</summary>
    public EncodedBlock Encode(long first, ReadOnlySpan<T> values)
    {
        if (ItemCodec<T>.Stride > 0)
        {
            byte[] bytes = GC.AllocateUninitializedArray<byte>(checked(values.Length * ItemCodec<T>.Stride));
            RawValues.Bytes(values).CopyTo(bytes);
            return new EncodedBlock(first, values.Length, ItemCodec<T>.Stride, new Payload(bytes));
        }
        foreach (T value in values)
            Add(value);
        return Take(first);
    }
}
