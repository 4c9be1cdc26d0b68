using System.Reflection;

namespace PathosHpc;

internal delegate void FieldsWriter<T>(GraphWriter writer, ref T value);

internal delegate void FieldsReader<T>(GraphReader reader, ref T value);

/// <summary>Writes and reads an object or a struct by its fields, on either <see cref="CodecPath"/>.</summary>
internal sealed class FieldsBody<T>
{
    private readonly Type? stop;
    private FieldSlot[]? slots;
    private FieldsWriter<T>? write;
    private FieldsReader<T>? read;
    private int uses;

    /// <summary>All fields of <typeparamref name="T"/>, without those of <paramref name="stop"/> and its bases.</summary>
    public FieldsBody(Type? stop = null) => this.stop = stop;

    private FieldSlot[] Slots => slots ??= FieldSlot.All(typeof(T), stop);

    public void Write(GraphWriter writer, ref T value)
    {
        if (write is { } emitted && writer.Path is null && writer.Fields != CodecPath.Reflected)
            emitted(writer, ref value);
        else if (TakesNoBytes)
            writer.Out.WriteByte(0);
        else if (writer.Path is null && UseEmitted(writer.Fields))
            (write = FieldEmitter.Writer<T>(Fields()))(writer, ref value);
        else
            WriteReflected(writer, value!);
    }

    public void Read(GraphReader reader, ref T value)
    {
        if (read is { } emitted && reader.Fields != CodecPath.Reflected)
            emitted(reader, ref value);
        else if (TakesNoBytes)
            reader.In.ReadByte();
        else if (UseEmitted(reader.Fields))
            (read = FieldEmitter.Reader<T>(Fields()))(reader, ref value);
        else
            ReadReflected(reader, ref value);
    }

    /// <summary>A struct whose fields all stay behind takes a byte all the same, so that a count of them cannot outgrow its bytes.</summary>
    private bool TakesNoBytes => typeof(T).IsValueType && Slots.Length == 0;

    private bool UseEmitted(CodecPath path)
    {
        if (path == CodecPath.Automatic)
            return uses >= CodecPaths.WorthEmitting || CountUse();
        return path == CodecPath.Emitted && MayBeEmitted();
    }

    private bool CountUse()
    {
        if (uses < CodecPaths.WorthEmitting - 1 || MayBeEmitted())
            uses++;
        return false;
    }

    private bool MayBeEmitted() => Array.TrueForAll(Slots, slot => slot.MayBeEmitted);

    private FieldInfo[] Fields() => Array.ConvertAll(Slots, slot => slot.Field);

    private void WriteReflected(GraphWriter writer, object value)
    {
        foreach (FieldSlot slot in Slots)
            slot.Write(writer, value);
    }

    private void ReadReflected(GraphReader reader, ref T value)
    {
        object owner = value!;
        foreach (FieldSlot slot in Slots)
            slot.Read(reader, owner);
        value = (T)owner;
    }
}
