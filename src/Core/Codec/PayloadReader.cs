using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace PathosHpc;

/// <summary>Reads what <see cref="PayloadWriter"/> wrote. Whatever the bytes are, it reads no further than they reach.</summary>
internal sealed class PayloadReader
{
    private Payload payload;
    private ReadOnlyMemory<byte> segment;
    // The array that the segment lies in, and where: asking the segment for its span costs more than reading a number. Without an array, places count from the segment's start.
    private byte[]? array;
    private int origin;
    private int at;
    private int end;
    private int segmentIndex;
    private long before;

    public PayloadReader(Payload payload)
    {
        this.payload = payload;
        Reset(payload);
    }

    public long Position => before + (at - origin);

    public long Remaining => payload.Length - Position;

    /// <summary>Bytes that belong behind these and are still to come.</summary>
    public long Following { get; init; }

    public void Reset(Payload next)
    {
        payload = next;
        (segmentIndex, before) = (0, 0);
        Enter(next.Segments.Length > 0 ? next.Segments[0] : default);
    }

    /// <summary>Moves to <paramref name="position"/>, counted from the payload's start.</summary>
    public void Seek(long position)
    {
        if (position < 0 || position > payload.Length)
            throw Truncated(position - Position);
        if (segmentIndex == 0 && position <= segment.Length)
        {
            at = origin + (int)position;
            return;
        }
        Reset(payload);
        for (; position > segment.Length; segmentIndex++)
        {
            position -= segment.Length;
            before += segment.Length;
            Enter(payload.Segments[segmentIndex + 1]);
        }
        at = origin + (int)position;
    }

    public byte ReadByte() => ReadRaw<byte>();

    public ushort ReadUInt16() => (ushort)(ReadByte() | (ReadByte() << 8));

    public int ReadInt32() => ReadRaw<int>();

    public uint ReadUInt32() => (uint)ReadInt32();

    public long ReadInt64() => ReadRaw<long>();

    public ulong ReadUInt64() => (ulong)ReadInt64();

    public double ReadDouble() => BitConverter.Int64BitsToDouble(ReadInt64());

    public Guid ReadGuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        ReadBytes(bytes);
        return new Guid(bytes);
    }

    /// <summary>Memory of a value without references. The caller vouches for <typeparamref name="T"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T ReadRaw<T>()
    {
        int size = Unsafe.SizeOf<T>(), start = at;
        if (end - start < size || array is not { } bytes)
            return ReadAcross<T>();
        at = start + size;
        return Unsafe.ReadUnaligned<T>(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(bytes), start));
    }

    public ulong ReadVarUInt()
    {
        byte first = ReadByte();
        return first < 0x80 ? first : ReadLongVarUInt(first);
    }

    private ulong ReadLongVarUInt(byte first)
    {
        ulong value = first & 0x7Fu;
        for (int shift = 7; shift < 64; shift += 7)
        {
            byte next = ReadByte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
        throw new MalformedPayloadException($"The number at byte {Position} has no end.");
    }

    /// <summary>A count of things that take at least <paramref name="minimumSize"/> bytes each, checked against what is left,
    /// so that a hostile count allocates nothing.</summary>
    public long ReadCount(int minimumSize)
    {
        ulong count = ReadVarUInt();
        // More than that are in no collection, and so much less cannot overflow here.
        if (count <= int.MaxValue && (long)count * minimumSize <= Remaining + Following)
            return (long)count;
        throw new MalformedPayloadException($"{count} elements are announced at byte {Position}, but only {Remaining + Following} bytes follow.");
    }

    /// <summary>What <see cref="PayloadWriter.WriteString"/> wrote.</summary>
    public string? ReadString()
    {
        ulong header = ReadVarUInt();
        if (header == 0)
            return null;
        ulong announced = (header - 1) / 2;
        bool utf16 = header % 2 == 0;
        if (announced > (ulong)Math.Min(utf16 ? Remaining / 2 : Remaining, int.MaxValue / 2))
            throw Truncated((long)Math.Min(announced, long.MaxValue));
        int count = (int)announced * (utf16 ? 2 : 1);
        if (end - at < count || array is null)
            return ReadStringAcross(count, utf16);
        string value = Text(array.AsSpan(at, count), utf16);
        at += count;
        return value;
    }

    private string ReadStringAcross(int count, bool utf16)
    {
        var bytes = new byte[count];
        ReadBytes(bytes);
        return Text(bytes, utf16);
    }

    private static string Text(ReadOnlySpan<byte> bytes, bool utf16) =>
        utf16 ? new string(MemoryMarshal.Cast<byte, char>(bytes))
        : Ascii.IsValid(bytes) ? Encoding.Latin1.GetString(bytes) : Encoding.UTF8.GetString(bytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void ReadBytes(Span<byte> destination)
    {
        int start = at;
        if (end - start < destination.Length || array is not { } bytes)
        {
            ReadBytesAcross(destination);
            return;
        }
        at = start + destination.Length;
        MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(bytes), start), destination.Length).CopyTo(destination);
    }

    private void ReadBytesAcross(Span<byte> destination)
    {
        if (destination.Length > Remaining)
            throw Truncated(destination.Length);
        while (!destination.IsEmpty)
        {
            if (at == end)
                NextSegment();
            int count = Math.Min(destination.Length, end - at);
            segment.Span.Slice(at - origin, count).CopyTo(destination);
            at += count;
            destination = destination[count..];
        }
    }

    /// <summary>The next bytes, without a copy.</summary>
    public Payload ReadPayload(long length)
    {
        if (length < 0 || length > Remaining)
            throw Truncated(length);
        Payload slice = payload.Slice(Position, length);
        Seek(Position + length);
        return slice;
    }

    private T ReadAcross<T>()
    {
        Unsafe.SkipInit(out T value);
        ReadBytesAcross(MemoryMarshal.CreateSpan(ref Unsafe.As<T, byte>(ref value), Unsafe.SizeOf<T>()));
        return value;
    }

    private void NextSegment()
    {
        before += segment.Length;
        Enter(payload.Segments[++segmentIndex]);
    }

    private void Enter(ReadOnlyMemory<byte> next)
    {
        segment = next;
        (array, origin) = MemoryMarshal.TryGetArray(next, out ArraySegment<byte> whole) ? (whole.Array, whole.Offset) : (null, 0);
        (at, end) = (origin, origin + next.Length);
    }

    private MalformedPayloadException Truncated(long wanted) =>
        new($"{wanted} bytes are needed at byte {Position}, but only {Remaining} follow: the payload is truncated or damaged.");
}
