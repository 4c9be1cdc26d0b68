using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;

namespace PathosHpc;

// Structs that are more, or less, than their fields.

/// <summary>Whether there is a value, and the value.</summary>
internal sealed class NullableCodec<T> : ValueCodec<T?> where T : struct
{
    public override void Write(GraphWriter writer, ref T? value)
    {
        writer.Out.WriteByte(value.HasValue ? (byte)1 : (byte)0);
        T present = value.GetValueOrDefault();
        if (value.HasValue)
            Slot<T>.Write(writer, ref present);
    }

    public override void Read(GraphReader reader, ref T? value)
    {
        T present = default;
        bool has = reader.In.ReadByte() != 0;
        if (has)
            Slot<T>.Read(reader, ref present);
        value = has ? present : null;
    }
}

/// <summary>The array behind it, whose identity is kept; null for the default.</summary>
internal sealed class ImmutableArrayCodec<T> : ValueCodec<ImmutableArray<T>>
{
    public override void Write(GraphWriter writer, ref ImmutableArray<T> value)
    {
        T[]? array = ImmutableCollectionsMarshal.AsArray(value);
        Slot<T[]?>.Write(writer, ref array);
    }

    public override void Read(GraphReader reader, ref ImmutableArray<T> value)
    {
        T[]? array = null;
        Slot<T[]?>.Read(reader, ref array);
        value = ImmutableCollectionsMarshal.AsImmutableArray(array);
    }
}

/// <summary>The elements seen, not the memory behind them.</summary>
internal sealed class MemoryCodec<T> : ValueCodec<Memory<T>>
{
    public override void Write(GraphWriter writer, ref Memory<T> value) => Elements<T>.WriteCounted(writer, value.Span);

    public override void Read(GraphReader reader, ref Memory<T> value) => value = Elements<T>.ReadCounted(reader);
}

/// <inheritdoc cref="MemoryCodec{T}"/>
internal sealed class ReadOnlyMemoryCodec<T> : ValueCodec<ReadOnlyMemory<T>>
{
    public override void Write(GraphWriter writer, ref ReadOnlyMemory<T> value) => Elements<T>.WriteCounted(writer, value.Span);

    public override void Read(GraphReader reader, ref ReadOnlyMemory<T> value) => value = Elements<T>.ReadCounted(reader);
}

/// <summary>The number in two's complement, lowest byte first.</summary>
internal sealed class BigIntegerCodec : ValueCodec<BigInteger>
{
    public override void Write(GraphWriter writer, ref BigInteger value) => Elements<byte>.WriteCounted(writer, value.ToByteArray());

    public override void Read(GraphReader reader, ref BigInteger value) => value = new BigInteger(Elements<byte>.ReadCounted(reader));
}

/// <summary>Tokens that are never canceled, or already are.</summary>
internal sealed class CancellationTokenCodec : ValueCodec<CancellationToken>
{
    public override void Write(GraphWriter writer, ref CancellationToken value)
    {
        if (value.CanBeCanceled && !value.IsCancellationRequested)
            throw new RefusalException(typeof(CancellationToken), "it waits for a source in this process", "let the function take a CancellationToken as its last parameter");
        writer.Out.WriteByte(value.IsCancellationRequested ? (byte)1 : (byte)0);
    }

    public override void Read(GraphReader reader, ref CancellationToken value) => value = new CancellationToken(reader.In.ReadByte() != 0);
}
