using System.Collections.Concurrent;

namespace PathosHpc;

/// <summary>Writes and reads the objects of exactly one type. The head is what is needed to create the object, the body all else:
/// an object exists before its body is read, so that the body may refer to it.</summary>
internal abstract class ObjectCodec
{
    private static readonly ConcurrentDictionary<Type, ObjectCodec> Codecs = new();

    /// <summary>Whether the object is numbered, so that a second reference to it stays the same object.</summary>
    public bool HasIdentity { get; private protected init; } = true;

    /// <summary>Whether the object can be created from its head, before its body is there.</summary>
    public bool HasBody { get; private protected init; } = true;

    /// <summary>Whether the head holds other objects, none of which can refer to this one.</summary>
    public bool Encloses { get; private protected init; }

    /// <summary>Why objects of this type do not travel, or null.</summary>
    public virtual string? Refusal => null;

    public static ObjectCodec For(Type type) =>
        Codecs.TryGetValue(type, out ObjectCodec? codec) ? codec : Codecs.GetOrAdd(type, CodecCatalog.Create);

    public virtual void WriteHead(GraphWriter writer, object value) { }

    public virtual void WriteBody(GraphWriter writer, object value) { }

    public abstract object ReadHead(GraphReader reader);

    public virtual void ReadBody(GraphReader reader, object value) { }

    /// <summary>Whether <see cref="BulkLength"/> is ever anything but 0.</summary>
    public bool HasBulk { get; private protected init; }

    /// <summary>Bytes of the body, when it is the object's memory as it is and long; else 0. Such bodies come last, so that they can be sent from where they
    /// lie and received where they stay.</summary>
    public virtual long BulkLength(object value) => 0;

    /// <summary>A part of the memory that <see cref="BulkLength"/> tells of.</summary>
    public virtual Span<byte> Bulk(object value, long offset, int length) => throw new NotSupportedException();

    /// <summary>All of that memory, to be sent from where it lies where that is possible.</summary>
    public virtual IEnumerable<ReadOnlyMemory<byte>> BulkSegments(object value) => [];
}

/// <summary>Writes and reads objects whose head holds no others, and that have just the type that the codec is for.</summary>
/// <remarks>Most objects are such, so codecs have what is called for each of them in methods of their own: within a sealed class head and body are called directly.</remarks>
internal abstract class PlainCodec : ObjectCodec
{
    /// <summary>Writes a new object that has been numbered: head and body.</summary>
    public virtual void WriteNew(GraphWriter writer, object value)
    {
        writer.Enter();
        WriteHead(writer, value);
        WriteBody(writer, value);
        writer.Depth--;
    }

    /// <summary>Reads a new object, and numbers it: head and body.</summary>
    public virtual object ReadNew(GraphReader reader)
    {
        reader.Enter();
        object value = ReadHead(reader);
        reader.Add(value);
        ReadBody(reader, value);
        reader.Depth--;
        return value;
    }

    /// <summary>Reads references in a row, of which most are to new objects.</summary>
    /// <param name="reader">Where from.</param>
    /// <param name="slot">The slot whose declared type the codec is for.</param>
    /// <param name="elements">Where to.</param>
    public virtual void ReadEach(GraphReader reader, ReferenceSlot slot, Span<object?> elements) => slot.ReadOneByOne(reader, elements);
}

/// <summary>Writes and reads objects in one piece: they exist only when all of them has been read.</summary>
internal abstract class WholeCodec : ObjectCodec
{
    protected WholeCodec(bool hasIdentity = true, bool encloses = false) =>
        (HasBody, HasIdentity, Encloses) = (false, hasIdentity, encloses);
}
