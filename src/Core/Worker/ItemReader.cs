namespace PathosHpc;

/// <summary>Reads the items of a block one after the other. Made once for a lane and a map, and set to each chunk.</summary>
internal sealed class ItemReader<T>
{
    private readonly PayloadReader reader;
    private readonly ValueReader<T> next;
    private ReadOnlyMemory<T> values;
    private EncodedBlock? encoded;
    private int at;

    public ItemReader()
    {
        reader = new PayloadReader(Payload.Empty);
        next = new ValueReader<T>(reader);
    }

    /// <summary>Moves to the first item of <paramref name="items"/>.</summary>
    public void Reset(Block items)
    {
        at = 0;
        (encoded, values) = (items as EncodedBlock, items is TypedBlock<T> typed ? typed.Values : default);
        if (encoded is null)
            return;
        BlockDecoder<T>.CheckStride(encoded);
        reader.Reset(encoded.Values);
    }

    /// <summary>Whether the items are memory in one piece.</summary>
    public bool IsRaw => encoded is { HasStride: true, Values.Segments.Length: 1 };

    /// <summary>Memory of the next <paramref name="count"/> items, when it is in one piece.</summary>
    public ReadOnlySpan<byte> RawValues(int count) =>
        encoded!.Values.Segments[0].Span.Slice(checked(at * ItemCodec<T>.Stride), checked(count * ItemCodec<T>.Stride));

    /// <summary>Moves on over items that were read as memory.</summary>
    public void Skip(int count) => at += count;

    /// <summary>The next item; decoded only now, so that one that cannot be decoded is that item's failure alone.</summary>
    public T Next()
    {
        if (encoded is null)
            return values.Span[at++];
        if (!encoded.HasStride)
            reader.Seek(encoded.StartOf(at++));
        return next.Read();
    }

    /// <summary>Lets go of the chunk.</summary>
    public void Release()
    {
        (encoded, values) = (null, default);
        reader.Reset(Payload.Empty);
        next.Release();
    }
}
