using System.Runtime.CompilerServices;

namespace PathosHpc;

/// <summary>A place of declared type <typeparamref name="T"/>: a field, an element, an item. Decides once per type how it travels.</summary>
internal static class Slot<T>
{
    public static readonly bool Raw = RawTypes.IsRaw(typeof(T));
    public static readonly ReferenceSlot? Reference = typeof(T).IsValueType || typeof(T) == typeof(string) ? null : new ReferenceSlot(typeof(T));
    public static readonly ValueCodec<T>? Value = typeof(T).IsValueType && !Raw ? CodecCatalog.CreateValue<T>() : null;

    public static void Write(GraphWriter writer, ref T value)
    {
        if (typeof(T).IsValueType)
            WriteValue(writer, ref value);
        else if (Reference is { } reference)
            reference.Write(writer, value);
        else
            writer.Out.WriteString(Unsafe.As<T, string?>(ref value));
    }

    public static void Read(GraphReader reader, ref T value)
    {
        if (typeof(T).IsValueType)
            ReadValue(reader, ref value);
        else if (Reference is { } reference)
            Unsafe.As<T, object?>(ref value) = reference.Read(reader);
        else
            Unsafe.As<T, string?>(ref value) = reader.In.ReadString();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteValue(GraphWriter writer, ref T value)
    {
        if (Raw)
            writer.Out.WriteRaw(ref value);
        else
            Value!.Write(writer, ref value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ReadValue(GraphReader reader, ref T value)
    {
        if (Raw)
            value = reader.In.ReadRaw<T>();
        else
            Value!.Read(reader, ref value);
    }
}
