using System.Runtime.CompilerServices;

namespace PathosHpc;

/// <summary>Objects of a class, by their fields.</summary>
internal sealed class FieldsCodec<T> : PlainCodec where T : class
{
    // The code of this class is shared by all classes T, to which their own type takes a look-up.
    private readonly Type type = typeof(T);
    private readonly FieldsBody<T> body = new();
    private readonly uint? fingerprint = FieldList.Fingerprint(typeof(T));

    public override void WriteHead(GraphWriter writer, object value)
    {
        if (fingerprint is { } expected)
            writer.Out.WriteUInt32(expected);
    }

    public override object ReadHead(GraphReader reader)
    {
        if (fingerprint is { } expected && reader.In.ReadUInt32() != expected)
            throw new MalformedPayloadException($"{TypeText.Of(type)} has other fields there than here: both sides must run the same version of .NET.");
        return RuntimeHelpers.GetUninitializedObject(type);
    }

    public override void WriteBody(GraphWriter writer, object value)
    {
        T typed = Unsafe.As<T>(value);
        body.Write(writer, ref typed);
    }

    public override void ReadBody(GraphReader reader, object value)
    {
        T typed = Unsafe.As<T>(value);
        body.Read(reader, ref typed);
    }

    public override void WriteNew(GraphWriter writer, object value)
    {
        writer.Enter();
        WriteHead(writer, value);
        T typed = Unsafe.As<T>(value);
        body.Write(writer, ref typed);
        writer.Depth--;
    }

    public override object ReadNew(GraphReader reader)
    {
        reader.Enter();
        T value = Unsafe.As<T>(ReadHead(reader));
        reader.Add(value);
        body.Read(reader, ref value);
        reader.Depth--;
        return value;
    }

    public override void ReadEach(GraphReader reader, ReferenceSlot slot, Span<object?> elements)
    {
        foreach (ref object? element in elements)
        {
            byte tag = reader.In.ReadByte();
            element = tag == Tag.Declared ? ReadNew(reader) : slot.ReadAny(reader, tag);
        }
    }
}

/// <summary>Values of a struct, by their fields.</summary>
internal sealed class FieldsValueCodec<T> : ValueCodec<T>
{
    private readonly FieldsBody<T> body = new();

    public override void Write(GraphWriter writer, ref T value) => body.Write(writer, ref value);

    public override void Read(GraphReader reader, ref T value) => body.Read(reader, ref value);
}
