using System.Reflection;

namespace PathosHpc;

/// <summary>One field, written and read by reflection.</summary>
internal abstract class FieldSlot(FieldInfo info)
{
    public FieldInfo Field => info;

    /// <summary>Whether emitted code may take this field's place.</summary>
    public virtual bool MayBeEmitted => true;

    public static FieldSlot For(FieldInfo field)
    {
        Type type = field.FieldType;
        if (type.IsPointer || type.IsFunctionPointer || type.IsByRef)
            return new RefusedFieldSlot(field);
        if (Closures.IsClosure(type))
            return new ClosureFieldSlot(field);
        return (FieldSlot)Activator.CreateInstance(typeof(FieldSlot<>).MakeGenericType(type), field)!;
    }

    /// <summary>Slots of all fields of <paramref name="type"/> below <paramref name="stop"/>.</summary>
    public static FieldSlot[] All(Type type, Type? stop = null) => Array.ConvertAll(FieldList.Of(type, stop), For);

    /// <summary>Writes the field of <paramref name="owner"/>, which is boxed when it is a struct, keeping the writer's path.</summary>
    public void Write(GraphWriter writer, object owner)
    {
        if (writer.Path is not { } path)
        {
            WriteValue(writer, owner);
            return;
        }
        bool own = info.Module == typeof(FieldSlot).Module;
        if (!own)
            path.Field(info.Name);
        long before = writer.Out.Length;
        WriteValue(writer, owner);
        path.Measured?.Invoke(path.ToString(), writer.Out.Length - before);
        if (!own)
            path.Back();
    }

    public abstract void Read(GraphReader reader, object owner);

    /// <summary>Writes the field without a step in the path.</summary>
    public abstract void WriteValue(GraphWriter writer, object owner);
}

/// <summary>One field of type <typeparamref name="T"/>.</summary>
internal sealed class FieldSlot<T>(FieldInfo field) : FieldSlot(field)
{
    public override void WriteValue(GraphWriter writer, object owner)
    {
        var value = (T)Field.GetValue(owner)!;
        Slot<T>.Write(writer, ref value);
    }

    public override void Read(GraphReader reader, object owner)
    {
        T value = default!;
        Slot<T>.Read(reader, ref value);
        Field.SetValue(owner, value);
    }
}

/// <summary>A field of a type that no value can be boxed of.</summary>
internal sealed class RefusedFieldSlot(FieldInfo field) : FieldSlot(field)
{
    public override bool MayBeEmitted => false;

    public override void WriteValue(GraphWriter writer, object owner) => throw Shippability.Refusal(Field.FieldType)!;

    public override void Read(GraphReader reader, object owner) =>
        throw new MalformedPayloadException($"The field {Field.Name} of {TypeText.Of(Field.DeclaringType!)} holds an address, which does not travel.");
}
