using System.Runtime.CompilerServices;

namespace PathosHpc;

/// <summary>Strings where another type is declared. Their identity is not kept.</summary>
internal sealed class StringCodec() : WholeCodec(hasIdentity: false)
{
    public override void WriteHead(GraphWriter writer, object value) => writer.Out.WriteString((string)value);
    public override object ReadHead(GraphReader reader) =>
        reader.In.ReadString() ?? throw new MalformedPayloadException("A string is missing.");
}

/// <summary>Values in a box. Their identity is not kept.</summary>
internal sealed class BoxCodec<T>() : WholeCodec(hasIdentity: false)
{
    public override void WriteHead(GraphWriter writer, object value)
    {
        T unboxed = (T)value;
        Slot<T>.Write(writer, ref unboxed);
    }

    public override object ReadHead(GraphReader reader)
    {
        T value = default!;
        Slot<T>.Read(reader, ref value);
        return value!;
    }
}

/// <summary>Objects of a type that is written at once and holds no others.</summary>
internal sealed class AtomCodec<T>(Action<PayloadWriter, T> write, Func<PayloadReader, T> read) : WholeCodec where T : class
{
    public override void WriteHead(GraphWriter writer, object value) => write(writer.Out, Unsafe.As<T>(value));
    public override object ReadHead(GraphReader reader) => read(reader.In);
}

/// <summary>Types as values.</summary>
internal sealed class TypeCodec : WholeCodec
{
    public override void WriteHead(GraphWriter writer, object value) => writer.WriteType((Type)value);
    public override object ReadHead(GraphReader reader) => reader.ReadType();
}

/// <summary>Objects that cannot travel.</summary>
internal sealed class RefusedCodec(Type type, RefusalException refusal) : WholeCodec(hasIdentity: false)
{
    public override string? Refusal => refusal.Message;
    public override void WriteHead(GraphWriter writer, object value) => throw new RefusalException(type, refusal.Message, refusal.Remedy);
    public override object ReadHead(GraphReader reader) =>
        throw new MalformedPayloadException($"A {TypeText.Of(type)} does not travel ({refusal.Message}).");
}

/// <summary>Values that cannot travel.</summary>
internal sealed class RefusedValueCodec<T>(RefusalException refusal) : ValueCodec<T>
{
    public override void Write(GraphWriter writer, ref T value) => throw new RefusalException(typeof(T), refusal.Message, refusal.Remedy);
    public override void Read(GraphReader reader, ref T value) =>
        throw new MalformedPayloadException($"A {TypeText.Of(typeof(T))} does not travel ({refusal.Message}).");
}
