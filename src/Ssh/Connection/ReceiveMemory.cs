using System.Buffers;

namespace PathosHpc;

/// <summary>Memory that bytes are received in, used again when nobody holds it any more.</summary>
internal sealed class ReceiveMemory(int length)
{
    private int holders = 1;

    public byte[] Bytes { get; } = ArrayPool<byte>.Shared.Rent(length);

    /// <summary>Whether only who receives into it holds it.</summary>
    public bool IsFree => Volatile.Read(ref holders) == 1;

    public static ReceiveMemory Copy(ReadOnlySpan<byte> bytes)
    {
        var copy = new ReceiveMemory(bytes.Length);
        bytes.CopyTo(copy.Bytes);
        return copy;
    }

    public ReceiveMemory Hold()
    {
        Interlocked.Increment(ref holders);
        return this;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref holders) == 0)
            ArrayPool<byte>.Shared.Return(Bytes);
    }
}
