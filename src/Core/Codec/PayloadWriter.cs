using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;

namespace PathosHpc;

/// <summary>Writes primitives, little endian, into a growing buffer that may pass 2 GiB.</summary>
internal sealed class PayloadWriter
{
    /// <summary>Characters of a string whose length in UTF-8 always fits one byte.</summary>
    private const int ShortString = 20;

    /// <summary>A new writer's buffer, or the next one of a writer whose payload was handed over, is no longer than this.</summary>
    private const int LongestFirst = RecycledArrays.Shortest;

    // Made only when it is needed, which is seldom.
    private List<ReadOnlyMemory<byte>>? full;
    private byte[] buffer;
    private int used;
    private long fullLength;

    public PayloadWriter(int capacity = 256) => buffer = GC.AllocateUninitializedArray<byte>(Math.Max(capacity, 16));

    public long Length => fullLength + used;

    /// <summary>Forgets what was written and keeps the buffer.</summary>
    public void Clear()
    {
        full?.Clear();
        (used, fullLength) = (0, 0);
    }

    /// <summary>Takes back what was written behind <paramref name="length"/> bytes.</summary>
    public void Rewind(long length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)length, (ulong)Length, nameof(length));
        while (length < fullLength)
        {
            ReadOnlyMemory<byte> last = full![^1];
            full.RemoveAt(full.Count - 1);
            fullLength -= last.Length;
            // Memory that was appended is taken back whole.
            buffer = MemoryMarshal.TryGetArray(last, out ArraySegment<byte> own) ? own.Array! : GC.AllocateUninitializedArray<byte>(256);
        }
        used = (int)(length - fullLength);
    }

    /// <summary>Adds to a byte that was written, if it is still at hand: not behind a full segment, or memory that was appended.</summary>
    public void TryAdd(long position, byte value)
    {
        if (position >= fullLength && position < Length)
            buffer[position - fullLength] += value;
    }

    /// <summary>Hands over what was written; the writer starts afresh with a buffer of its own.</summary>
    public Payload Detach()
    {
        Payload payload = fullLength == 0 ? Payload.OfOwn(buffer, used) : new Payload(used == 0 ? [.. full!] : [.. full!, new ReadOnlyMemory<byte>(buffer, 0, used)]);
        full?.Clear();
        // What comes next is likely to be as long; but large writes make room for themselves, and a large buffer in advance would be collected unused.
        (buffer, used, fullLength) = (GC.AllocateUninitializedArray<byte>(Math.Clamp(used, 256, LongestFirst)), 0, 0);
        return payload;
    }

    /// <summary>What was written, for a look before <see cref="Clear"/>; only while it is a single segment.</summary>
    public ReadOnlySpan<byte> WrittenSpan =>
        fullLength == 0 ? buffer.AsSpan(0, used) : throw new InvalidOperationException("The payload has several segments.");

    /// <summary>The same as memory.</summary>
    public ReadOnlyMemory<byte> WrittenMemory =>
        fullLength == 0 ? buffer.AsMemory(0, used) : throw new InvalidOperationException("The payload has several segments.");

    public void WriteByte(byte value) => Reserve(1)[0] = value;

    public void WriteUInt16(ushort value)
    {
        WriteByte((byte)value);
        WriteByte((byte)(value >> 8));
    }

    public void WriteInt32(int value) => WriteRaw(in value);

    public void WriteUInt32(uint value) => WriteInt32((int)value);

    public void WriteInt64(long value) => WriteRaw(in value);

    public void WriteUInt64(ulong value) => WriteInt64((long)value);

    public void WriteDouble(double value) => WriteInt64(BitConverter.DoubleToInt64Bits(value));

    public void WriteGuid(Guid value) => value.TryWriteBytes(Reserve(16));

    /// <summary>LEB128: seven bits a byte, lowest first.</summary>
    public void WriteVarUInt(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            WriteByte((byte)(value | 0x80));
        WriteByte((byte)value);
    }

    /// <summary>Memory of a value without references, as it is. The caller vouches for <typeparamref name="T"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteRaw<T>(ref readonly T value) =>
        Unsafe.WriteUnaligned(ref MemoryMarshal.GetReference(Reserve(Unsafe.SizeOf<T>())), value);

    /// <summary>Null is 0; else the count of bytes in UTF-8, doubled, plus 1, and those bytes; a string that UTF-8 cannot hold
    /// (a lone half of a surrogate pair) is the count of its characters, doubled, plus 2, and its UTF-16.</summary>
    public void WriteString(string? value)
    {
        if (value is null)
            WriteByte(0);
        else if (value.Length <= ShortString)
            WriteShortString(value);
        else
            WriteLongString(value);
    }

    private void WriteShortString(string value)
    {
        Span<byte> room = Reserve(1 + 3 * value.Length);
        if (Utf8.FromUtf16(value, room[1..], out _, out int count, replaceInvalidSequences: false) == OperationStatus.Done)
        {
            room[0] = (byte)(1 + 2 * count);
            used -= 3 * value.Length - count;
            return;
        }
        used -= room.Length;
        WriteUtf16(value);
    }

    private void WriteLongString(string value)
    {
        if (value.Length > Payload.MaxSegment / 4)
        {
            WriteUtf16(value);
            return;
        }
        long before = Length;
        int count = Encoding.UTF8.GetByteCount(value);
        WriteVarUInt(1 + 2 * (ulong)count);
        if (Utf8.FromUtf16(value, Reserve(count), out _, out _, replaceInvalidSequences: false) == OperationStatus.Done)
            return;
        Rewind(before);
        WriteUtf16(value);
    }

    private void WriteUtf16(string value)
    {
        WriteVarUInt(2 + 2 * (ulong)value.Length);
        WriteBytes(MemoryMarshal.AsBytes(value.AsSpan()));
    }

    /// <summary>The bytes themselves, without a length.</summary>
    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 1 << 20)
            EnsureRoom(bytes.Length);
        for (; !bytes.IsEmpty;)
        {
            if (used == Payload.MaxSegment)
                NextSegment();
            int count = Math.Min(bytes.Length, Payload.MaxSegment - used);
            bytes[..count].CopyTo(Reserve(count));
            bytes = bytes[count..];
        }
    }

    /// <summary>Has these bytes follow without copying them.</summary>
    public void Append(ReadOnlyMemory<byte> bytes)
    {
        full ??= [];
        if (used > 0)
            full.Add(new ReadOnlyMemory<byte>(buffer, 0, used));
        full.Add(bytes);
        fullLength += used + bytes.Length;
        (buffer, used) = (GC.AllocateUninitializedArray<byte>(256), 0);
    }

    public void WriteBytes(Payload payload)
    {
        foreach (ReadOnlyMemory<byte> segment in payload.Segments)
            WriteBytes(segment.Span);
    }

    /// <summary>Room for <paramref name="count"/> bytes in one piece, counted as written. At most 16 MiB may be asked for behind a full segment.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<byte> Reserve(int count)
    {
        if (buffer.Length - used < count)
            Grow(count);
        Span<byte> room = MemoryMarshal.CreateSpan(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(buffer), used), count);
        used += count;
        return room;
    }

    /// <summary>Grows once to what a large write will need, so that it is not copied while growing.</summary>
    public void EnsureRoom(long count)
    {
        if (buffer.Length - used < count)
            Grow((int)Math.Min(count, Payload.MaxSegment - used));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int count)
    {
        if ((long)used + count > Payload.MaxSegment)
        {
            NextSegment();
            if (buffer.Length >= count)
                return;
        }
        long size = Math.Min(Math.Max(2L * buffer.Length, used + (long)count), Math.Max(Payload.MaxSegment, (long)used + count));
        byte[] larger = RecycledArrays.Rent((int)size);
        buffer.AsSpan(0, used).CopyTo(larger);
        // A writer's first buffer is the collector's: given back for each payload, such buffers would soon be all that is kept.
        if (buffer.Length > LongestFirst)
            RecycledArrays.Return(buffer);
        buffer = larger;
    }

    private void NextSegment()
    {
        (full ??= []).Add(new ReadOnlyMemory<byte>(buffer, 0, used));
        fullLength += used;
        (buffer, used) = (GC.AllocateUninitializedArray<byte>(1 << 16), 0);
    }
}
