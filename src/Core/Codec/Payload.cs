namespace PathosHpc;

/// <summary>A run of bytes that may be longer than one array can be: nearly always a single segment.</summary>
internal sealed class Payload
{
    // A lone segment needs no array of its own: blocks of a few bytes are made by the million.
    private readonly ReadOnlyMemory<byte> only;
    private readonly ReadOnlyMemory<byte>[]? several;
    private byte[]? recyclable;
    private int users = 1;

    /// <summary>Bytes in one segment at most, so that lengths and offsets within it fit an <see cref="int"/>.</summary>
    public const int MaxSegment = 1 << 30;

    public static readonly Payload Empty = new(ReadOnlyMemory<byte>.Empty);

    public Payload(ReadOnlyMemory<byte> segment) => (only, Length) = (segment, segment.Length);

    public Payload(params ReadOnlyMemory<byte>[] segments)
    {
        several = segments;
        foreach (ReadOnlyMemory<byte> segment in segments)
            Length += segment.Length;
    }

    /// <summary>The beginning of an array that is nobody else's: <see cref="Recycle"/> may give it back.</summary>
    public static Payload OfOwn(byte[] array, int length) => new(array.AsMemory(0, length)) { recyclable = array };

    public long Length { get; }

    /// <summary>What these bytes, and all slices of them, are a part of; null where that is nobody's business.</summary>
    public BlockMemory? Memory { get; set; }

    /// <summary>Whether who sends this payload has no more use for it than the one that it is sent for.</summary>
    public bool IsGivenAway { get; private set; }

    public ReadOnlySpan<ReadOnlyMemory<byte>> Segments => several ?? new ReadOnlySpan<ReadOnlyMemory<byte>>(in only);

    /// <summary>This is all that is used of <paramref name="whole"/>, and owns its array from here on.</summary>
    public void Adopt(Payload whole)
    {
        if (whole != this)
            recyclable = Interlocked.Exchange(ref whole.recyclable, null);
    }

    /// <summary>Lets whoever sends this payload recycle it then; the last of several who do, really does.</summary>
    public void GiveAway(int users = 1) => (this.users, IsGivenAway) = (users, true);

    /// <summary>Nobody, or one user fewer, reads these bytes any more: their array may be used for others. Does nothing unless the array is this payload's own.</summary>
    public void Recycle()
    {
        if (Interlocked.Decrement(ref users) <= 0 && Interlocked.Exchange(ref recyclable, null) is { } array)
            RecycledArrays.Return(array);
    }

    /// <summary>The bytes at [offset, offset + length), without a copy.</summary>
    public Payload Slice(long offset, long length)
    {
        if (offset < 0 || length < 0 || offset > Length - length)
            throw new ArgumentOutOfRangeException(nameof(offset), $"The slice [{offset}, {offset + length}) is not within a payload of {Length} bytes.");
        if (offset == 0 && length == Length)
            return this;
        if (several is null)
            return new Payload(only.Slice((int)offset, (int)length)) { Memory = Memory };
        var slices = new List<ReadOnlyMemory<byte>>();
        foreach (ReadOnlyMemory<byte> segment in several)
        {
            if (offset < segment.Length && length > 0)
            {
                int count = (int)Math.Min(segment.Length - offset, length);
                slices.Add(segment.Slice((int)offset, count));
                (offset, length) = (0, length - count);
            }
            else
            {
                offset -= segment.Length;
            }
        }
        return new Payload([.. slices]) { Memory = Memory };
    }

    /// <summary>All bytes in one array; for payloads known to be small.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[checked((int)Length)];
        int at = 0;
        foreach (ReadOnlyMemory<byte> segment in Segments)
        {
            segment.CopyTo(bytes.AsMemory(at));
            at += segment.Length;
        }
        return bytes;
    }
}
