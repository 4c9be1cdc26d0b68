using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PathosHpc;

/// <summary>Takes items from an array or list, on whichever thread asks: no code of the user runs.</summary>
/// <param name="encode">Whether blocks are to be encoded.</param>
/// <param name="failed">Called, on another thread, when an item cannot be encoded, with the number of items before it.</param>
internal sealed class ListSource<T>(IList<T> items, bool encode, Action<Exception, long> failed) : ItemSource
{
    private const long MaxBlockBytes = 1L << 29;
    private readonly BlockEncoder<T> encoder = new(inPlace: true);
    private readonly ArrayBytes<T>? bytes = encode && items is T[] array && ArrayBytes<T>.IsPossible && (long)array.Length * Unsafe.SizeOf<T>() <= Payload.MaxSegment
        ? new ArrayBytes<T>(array, 0, array.Length) : null;
    private int taken;
    private bool stuck;

    public override long? Total { get; } = items.Count;

    public override long Available => items.Count - taken;

    public override Block? TryTake(int maxItems, long maxBytes)
    {
        int count = Math.Min(maxItems, items.Count - taken);
        if (count < 1 || stuck)
            return null;
        long first = taken;
        Block? block = encode ? Encode(first, count, Math.Min(maxBytes, MaxBlockBytes)) : new TypedBlock<T>(first, Values(count));
        taken += block?.Count ?? 0;
        return block;
    }

    private EncodedBlock? Encode(long first, int count, long maxBytes)
    {
        if (ItemCodec<T>.Stride > 0)
        {
            count = (int)Math.Clamp(maxBytes / ItemCodec<T>.Stride, 1, count);
            int stride = ItemCodec<T>.Stride;
            return bytes is not null ? new EncodedBlock(first, count, stride, new Payload(bytes.Memory.Slice(taken * stride, count * stride))) : Own(encoder.Encode(first, Span(count)));
        }
        try
        {
            do
                encoder.Add(items[taken + encoder.Count]);
            while (encoder.Count < count && encoder.Bytes < maxBytes);
        }
        catch (Exception e)
        {
            stuck = true;
            long before = first + encoder.Count;
            ThreadPool.UnsafeQueueUserWorkItem(_ => failed(e, before), null);
        }
        return encoder.Count == 0 ? null : Own(encoder.Take(first));
    }

    private static EncodedBlock Own(EncodedBlock block) => block.RecycleWhenAnswered(block.Values);

    private ReadOnlySpan<T> Span(int count) => items is List<T> list ? CollectionsMarshal.AsSpan(list).Slice(taken, count) : Values(count).Span;

    private ReadOnlyMemory<T> Values(int count)
    {
        switch (items)
        {
            case T[] array:
                return array.AsMemory(taken, count);
            case List<T> list:
                return CollectionsMarshal.AsSpan(list).Slice(taken, count).ToArray();
            default:
                var copy = new T[count];
                for (int i = 0; i < count; i++)
                    copy[i] = items[taken + i];
                return copy;
        }
    }
}
