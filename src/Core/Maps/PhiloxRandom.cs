namespace PathosHpc;

/// <summary>Philox4x32-10 as a <see cref="Random"/>: key = seed, upper counter half = item index, lower half = position in the stream.
/// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11.</summary>
internal sealed class PhiloxRandom : Random
{
    private const uint Multiplier0 = 0xD2511F53, Multiplier1 = 0xCD9E8D57, Weyl0 = 0x9E3779B9, Weyl1 = 0xBB67AE85;
    private readonly uint key0, key1;
    private readonly ulong stream;
    private ulong block;
    private uint out0, out1, out2, out3;
    private int used = 4;

    public PhiloxRandom(ulong seed, ulong stream)
    {
        (key0, key1) = ((uint)seed, (uint)(seed >> 32));
        this.stream = stream;
    }

    /// <summary>The four words of one block: ten rounds over a 128-bit counter with a 64-bit key.</summary>
    internal static (uint, uint, uint, uint) Block(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1)
    {
        for (int round = 0; round < 10; round++)
        {
            ulong product0 = (ulong)Multiplier0 * c0, product1 = (ulong)Multiplier1 * c2;
            (c0, c1, c2, c3) = ((uint)(product1 >> 32) ^ c1 ^ k0, (uint)product1, (uint)(product0 >> 32) ^ c3 ^ k1, (uint)product0);
            k0 += Weyl0;
            k1 += Weyl1;
        }
        return (c0, c1, c2, c3);
    }

    public override double NextDouble() => (NextWord64() >> 11) * (1.0 / (1ul << 53));

    public override float NextSingle() => (NextWord() >> 8) * (1.0f / (1u << 24));

    public override int Next() => (int)Below(int.MaxValue);

    public override int Next(int maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxValue);
        return maxValue == 0 ? 0 : (int)Below((uint)maxValue);
    }

    public override int Next(int minValue, int maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minValue, maxValue);
        ulong range = (ulong)((long)maxValue - minValue);
        return range == 0 ? minValue : (int)(minValue + (long)Below(range));
    }

    public override long NextInt64() => (long)Below(long.MaxValue);

    public override long NextInt64(long maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxValue);
        return maxValue == 0 ? 0 : (long)Below((ulong)maxValue);
    }

    public override long NextInt64(long minValue, long maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minValue, maxValue);
        ulong range = (ulong)maxValue - (ulong)minValue;
        return range == 0 ? minValue : (long)((ulong)minValue + Below(range));
    }

    public override void NextBytes(byte[] buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        NextBytes(buffer.AsSpan());
    }

    public override void NextBytes(Span<byte> buffer)
    {
        for (; buffer.Length >= 4; buffer = buffer[4..])
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(buffer, NextWord());
        if (buffer.IsEmpty)
            return;
        uint last = NextWord();
        for (int i = 0; i < buffer.Length; i++)
            buffer[i] = (byte)(last >> (8 * i));
    }

    protected override double Sample() => NextDouble();

    /// <summary>Uniform in [0, range) by Lemire's multiplication method with rejection ("Fast random integer generation in an interval", 2019).</summary>
    private ulong Below(ulong range)
    {
        ulong high = Math.BigMul(NextWord64(), range, out ulong low);
        if (low < range)
        {
            for (ulong threshold = (0 - range) % range; low < threshold;)
                high = Math.BigMul(NextWord64(), range, out low);
        }
        return high;
    }

    private ulong NextWord64()
    {
        ulong low = NextWord();
        return low | ((ulong)NextWord() << 32);
    }

    private uint NextWord()
    {
        if (used == 4)
        {
            (out0, out1, out2, out3) = Block((uint)block, (uint)(block >> 32), (uint)stream, (uint)(stream >> 32), key0, key1);
            block++;
            used = 0;
        }
        return used++ switch { 0 => out0, 1 => out1, 2 => out2, _ => out3 };
    }
}
