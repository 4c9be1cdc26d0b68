using System.Runtime.CompilerServices;

namespace PathosHpc;

/// <summary>How references of one declared type are written and read: null, an object that was there before, or a new one of the
/// declared type or of another.</summary>
internal sealed class ReferenceSlot(Type declared)
{
    private readonly bool acceptsDelegates = typeof(Delegate).IsAssignableFrom(declared);
    private ObjectCodec? exact;
    private PlainCodec? plain;
    private Entry? last;

    private ObjectCodec Exact => exact ?? FindExact();

    public void Write(GraphWriter writer, object? value)
    {
        // Most objects are of just the type that is declared; all else takes the long way.
        if (value is null)
            writer.Out.WriteByte(Tag.Null);
        else if (plain is { } codec && value.GetType() == declared && !(writer.MayDefer && writer.IsDeferred(codec, value)))
            WritePlain(writer, codec, value);
        else
            WriteAny(writer, value);
    }

    private static void WritePlain(GraphWriter writer, PlainCodec codec, object value)
    {
        if (writer.WriteIfKnown(value))
            return;
        writer.Out.WriteByte(Tag.Declared);
        codec.WriteNew(writer, value);
    }

    private void WriteAny(GraphWriter writer, object value)
    {
        ObjectCodec? codec = Begin(writer, value, writer.MayDefer, out bool deferred);
        if (codec is null)
            return;
        if (deferred)
            writer.Defer(codec, value);
        else
            codec.WriteBody(writer, value);
        writer.Depth--;
    }

    public object? Read(GraphReader reader)
    {
        byte tag = reader.In.ReadByte();
        return tag == Tag.Declared && plain is { } codec ? codec.ReadNew(reader) : ReadAny(reader, tag);
    }

    /// <summary>Reads several in a row.</summary>
    public void ReadEach(GraphReader reader, Span<object?> elements)
    {
        if (plain is { } codec)
            codec.ReadEach(reader, this, elements);
        else
            ReadOneByOne(reader, elements);
    }

    /// <summary>Reads several in a row, each like any other.</summary>
    public void ReadOneByOne(GraphReader reader, Span<object?> elements)
    {
        foreach (ref object? element in elements)
            element = Read(reader);
    }

    /// <summary>Reads a reference of any kind, whose first byte was <paramref name="tag"/>.</summary>
    public object? ReadAny(GraphReader reader, byte tag)
    {
        object? value = Begin(reader, tag, out ObjectCodec? codec, out bool deferred);
        if (codec is null)
            return value;
        if (deferred)
            reader.Defer(codec, value!);
        else
            codec.ReadBody(reader, value!);
        reader.Depth--;
        return value;
    }

    /// <summary>Writes the reference and the head of a new object. Gives its codec when its body is still to come, at
    /// <see cref="GraphWriter.Depth"/> one deeper; else null.</summary>
    public ObjectCodec? Begin(GraphWriter writer, object value, bool mayDefer, out bool deferred)
    {
        deferred = false;
        Type type = value.GetType();
        bool other = type != declared;
        ObjectCodec codec = other ? CodecOf(type) : Exact;
        if (codec.HasIdentity && writer.WriteIfKnown(value))
            return null;
        if (other && codec is DelegateCodec && !acceptsDelegates && !writer.CarriesFunctions)
            throw new RefusalException(type, "a delegate where the declared type is not one", "declare the member as a delegate type");
        deferred = mayDefer && writer.IsDeferred(codec, value);
        writer.Out.WriteByte((byte)((other ? Tag.Other : Tag.Declared) + (deferred ? Tag.Deferred : 0)));
        if (other)
            writer.WriteType(type);
        writer.Enter();
        if (codec.Encloses)
            WriteEnclosing(writer, codec, value);
        else
            codec.WriteHead(writer, value);
        if (codec.HasBody)
            return codec;
        writer.Depth--;
        return null;
    }

    /// <summary>Reads a reference and creates a new object from its head. Gives its codec when its body is still to come, at
    /// <see cref="GraphReader.Depth"/> one deeper; else null.</summary>
    public object? Begin(GraphReader reader, out ObjectCodec? codec, out bool deferred) => Begin(reader, reader.In.ReadByte(), out codec, out deferred);

    private object? Begin(GraphReader reader, byte tag, out ObjectCodec? codec, out bool deferred)
    {
        if (tag is > Tag.Tree and < 2 * Tag.Tree)
            tag = reader.BeginTree(tag);
        deferred = tag >= Tag.DeclaredDeferred;
        codec = null;
        switch (tag)
        {
            case Tag.Null:
                return null;
            case Tag.Known:
                return Checked(reader.ReadKnown());
            case Tag.Declared or Tag.DeclaredDeferred:
                return Create(reader, Exact, declared, out codec);
            case Tag.Other or Tag.OtherDeferred:
                Type type = reader.ReadType();
                return Create(reader, CheckedCodecOf(reader, type), type, out codec);
            default:
                throw new MalformedPayloadException($"{tag} stands at byte {reader.In.Position - 1} where a reference begins.");
        }
    }

    private object Create(GraphReader reader, ObjectCodec codec, Type type, out ObjectCodec? pending)
    {
        reader.Enter();
        int number = codec.HasIdentity ? reader.Reserve() : -1;
        object value = codec.ReadHead(reader);
        if (value.GetType() != type)
            Checked(value);
        if (number >= 0)
            reader.Set(number, value);
        pending = codec.HasBody ? codec : null;
        if (pending is null)
            reader.Depth--;
        return value;
    }

    private static void WriteEnclosing(GraphWriter writer, ObjectCodec codec, object value)
    {
        int number = writer.LastNumber;
        writer.Unfinished.Add(number);
        codec.WriteHead(writer, value);
        writer.Unfinished.Remove(number);
    }

    private object Checked(object value) => value.GetType() == declared || declared.IsInstanceOfType(value) ? value
        : throw new MalformedPayloadException($"A {TypeText.Of(value.GetType())} stands where a {TypeText.Of(declared)} belongs.");

    private ObjectCodec CheckedCodecOf(GraphReader reader, Type type)
    {
        if (last is { } entry && entry.Type == type && entry.Fits)
            return entry.Codec;
        if (!declared.IsAssignableFrom(type))
            throw new MalformedPayloadException($"A {TypeText.Of(type)} stands where a {TypeText.Of(declared)} belongs.");
        ObjectCodec codec = CodecOf(type);
        if (codec is not DelegateCodec || acceptsDelegates)
            last = new Entry(type, codec, Fits: true);
        else if (!reader.CarriesFunctions)
            throw new MalformedPayloadException($"A {TypeText.Of(type)} stands among data, where no function belongs.");
        return codec;
    }

    private ObjectCodec FindExact()
    {
        ObjectCodec codec = ObjectCodec.For(declared);
        plain = codec as PlainCodec;
        return exact = codec;
    }

    private ObjectCodec CodecOf(Type type)
    {
        if (last is { } entry && entry.Type == type)
            return entry.Codec;
        ObjectCodec codec = ObjectCodec.For(type);
        last = new Entry(type, codec, Fits: false);
        return codec;
    }

    private sealed record Entry(Type Type, ObjectCodec Codec, bool Fits);
}
