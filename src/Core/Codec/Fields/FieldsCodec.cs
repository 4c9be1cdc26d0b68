using System.Runtime.CompilerServices;

namespace PathosHpc;

/// <summary>Objects of a class, by their fields.</summary>
internal sealed class FieldsCodec<T> : ObjectCodec where T : class
{
    private readonly FieldsBody<T> body = new();
    private readonly uint? fingerprint = FieldList.Fingerprint(typeof(T));

    public override void WriteHead(GraphWriter writer, object value)
    {
        if (fingerprint is { } expected)
            writer.Out.WriteUnmanaged(expected);
    }

    public override object ReadHead(GraphReader reader)
    {
        if (fingerprint is { } expected && reader.In.ReadUnmanaged<uint>() != expected)
            throw new MalformedPayloadException($"{TypeText.Of(typeof(T))} has other fields there than here: both sides must run the same version of .NET.");
        return RuntimeHelpers.GetUninitializedObject(typeof(T));
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
}

/// <summary>Values of a struct, by their fields.</summary>
internal sealed class FieldsValueCodec<T> : ValueCodec<T>
{
    private readonly FieldsBody<T> body = new();

    public override void Write(GraphWriter writer, ref T value) => body.Write(writer, ref value);

    public override void Read(GraphReader reader, ref T value) => body.Read(reader, ref value);
}
