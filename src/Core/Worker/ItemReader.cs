namespace PathosHpc;

/// <summary>Reads the items of a block one after the other.</summary>
internal abstract class ItemReader<T>
{
    public abstract T Next();

    public static ItemReader<T> Of(Block items)
    {
        if (items is TypedBlock<T> typed)
            return new FromMemory(typed.Values);
        var encoded = (EncodedBlock)items;
        BlockDecoder<T>.CheckStride(encoded);
        return encoded.HasStride ? new FromMemory(BlockDecoder<T>.Decode(encoded).Values) : new FromPayload(encoded);
    }

    private sealed class FromMemory(ReadOnlyMemory<T> values) : ItemReader<T>
    {
        private int at;

        public override T Next() => values.Span[at++];
    }

    /// <summary>Decodes each item as it is asked for, so that one that cannot be decoded is that item's failure alone.</summary>
    private sealed class FromPayload(EncodedBlock block) : ItemReader<T>
    {
        private readonly PayloadReader reader = new(block.Values);
        private int at;

        public override T Next()
        {
            reader.Seek(block.StartOf(at++));
            return ItemCodec<T>.Read(reader);
        }
    }
}
