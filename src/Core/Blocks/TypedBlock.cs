namespace PathosHpc;

/// <summary>A block whose values are objects of this process.</summary>
internal sealed class TypedBlock<T>(long first, ReadOnlyMemory<T> values) : Block(first, values.Length)
{
    public ReadOnlyMemory<T> Values { get; } = values;

    /// <summary>Size of the encoded block that this one was decoded from.</summary>
    public long SourceBytes { get; set; }

    public override long Bytes => 0;

    public override Block Slice(long first, int count) =>
        first == First && count == Count ? this : new TypedBlock<T>(first, Values.Slice((int)(first - First), count));

    public override int CountWithin(long bytes) => Count;
}
