using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace PathosHpc;

/// <summary>Writes primitives, little endian, into a growing buffer that may pass 2 GiB.</summary>
internal sealed class PayloadWriter
{
    private readonly List<ReadOnlyMemory<byte>> full = [];
    private byte[] buffer;
    private int used;
    private long fullLength;

    public PayloadWriter(int capacity = 256) => buffer = GC.AllocateUninitializedArray<byte>(Math.Max(capacity, 16));

    public long Length => fullLength + used;

    /// <summary>Forgets what was written and keeps the buffer.</summary>
    public void Clear()
    {
        full.Clear();
        (used, fullLength) = (0, 0);
    }

    /// <summary>Takes back what was written behind <paramref name="length"/>.</summary>
    public void Truncate(long length)
    {
        while (length < fullLength)
        {
            ReadOnlyMemory<byte> last = full[^1];
            full.RemoveAt(full.Count - 1);
            fullLength -= last.Length;
            buffer = MemoryMarshal.TryGetArray(last, out ArraySegment<byte> array) ? array.Array! : last.ToArray();
            used = last.Length;
        }
        used = (int)(length - fullLength);
    }

    /// <summary>Hands over what was written; the writer starts afresh with a buffer of its own.</summary>
    public Payload Detach()
    {
        var last = new ReadOnlyMemory<byte>(buffer, 0, used);
        Payload payload = full.Count == 0 ? new Payload(last) : new Payload([.. full, last]);
        full.Clear();
        (buffer, used, fullLength) = (GC.AllocateUninitializedArray<byte>(256), 0, 0);
        return payload;
    }

    /// <summary>What was written, for a look before <see cref="Clear"/>; only while it is a single segment.</summary>
    public ReadOnlySpan<byte> WrittenSpan => full.Count == 0 ? buffer.AsSpan(0, used) : throw new InvalidOperationException("The payload has several segments.");

    public void WriteByte(byte value) => Reserve(1)[0] = value;

    public void WriteInt32(int value) => WriteUnmanaged(value);

    public void WriteInt64(long value) => WriteUnmanaged(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteUnmanaged<T>(T value) where T : unmanaged => Unsafe.WriteUnaligned(ref MemoryMarshal.GetReference(Reserve(Unsafe.SizeOf<T>())), value);

    /// <summary>LEB128: seven bits a byte, lowest first.</summary>
    public void WriteVarUInt(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            WriteByte((byte)(value | 0x80));
        WriteByte((byte)value);
    }

    /// <summary>UTF-8 behind its length in bytes plus one; null is length 0.</summary>
    public void WriteString(string? value)
    {
        if (value is null)
        {
            WriteByte(0);
            return;
        }
        int count = Encoding.UTF8.GetByteCount(value);
        WriteVarUInt((ulong)count + 1);
        Encoding.UTF8.GetBytes(value, Reserve(count));
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
        Array.Resize(ref buffer, (int)size);
    }

    private void NextSegment()
    {
        full.Add(new ReadOnlyMemory<byte>(buffer, 0, used));
        fullLength += used;
        (buffer, used) = (GC.AllocateUninitializedArray<byte>(1 << 16), 0);
    }
}
