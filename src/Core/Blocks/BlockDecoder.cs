namespace PathosHpc;

/// <summary>Decodes blocks of <typeparamref name="T"/>.</summary>
internal static class BlockDecoder<T>
{
    /// <summary>The values of <paramref name="block"/>, whichever kind of block it is.</summary>
    public static TypedBlock<T> Decode(Block block)
    {
        if (block is TypedBlock<T> typed)
            return typed;
        CheckStride((EncodedBlock)block);
        var values = new T[block.Count];
        DecodeInto((EncodedBlock)block, values);
        return new TypedBlock<T>(block.First, values);
    }

    public static void DecodeInto(EncodedBlock block, Span<T> values)
    {
        var reader = new PayloadReader(block.Values);
        CheckStride(block);
        if (ItemCodec<T>.Stride > 0)
        {
            reader.ReadBytes(RawValues.Bytes(values));
            return;
        }
        var next = new ValueReader<T>(reader);
        try
        {
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = next.Read();
                if (reader.Position != block.StartOf(i + 1))
                    throw new MalformedPayloadException($"The value of item {block.First + i} ends at byte {reader.Position} of its block, not at {block.StartOf(i + 1)}.");
            }
        }
        finally
        {
            next.Release();
        }
    }

    /// <exception cref="MalformedPayloadException">The block was not written for this type.</exception>
    public static void CheckStride(EncodedBlock block)
    {
        // Ahead of any allocation: a block of another stride may announce values that take no bytes.
        if (block.HasStride != ItemCodec<T>.Stride > 0 || (block.HasStride && block.Stride != ItemCodec<T>.Stride))
            throw new MalformedPayloadException($"A block of {typeof(T)} should have a stride of {ItemCodec<T>.Stride} bytes, not {block.Stride}.");
    }
}
