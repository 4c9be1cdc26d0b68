using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace PathosHpc;

/// <summary>The objects in which the compiler keeps captured variables. All lambdas of a scope share one, so that each must be cleaned
/// of the variables that only the others use: written are the fields that the method at hand needs and that were not written before.</summary>
internal static class Closures
{
    private const string This = "<>4__this";
    private static readonly ConcurrentDictionary<Type, FieldSlot[]> Slots = new();

    /// <summary>Whether the compiler made <paramref name="type"/> to hold captured variables. No program can name a type like this.</summary>
    public static bool IsClosure(Type type) => type is { IsClass: true, IsNested: true }
        && (type.Name.StartsWith("<>c", StringComparison.Ordinal) || type.Name.StartsWith("_Closure$__", StringComparison.Ordinal));

    /// <summary>Writes what is needed to create <paramref name="closure"/>, or to find it again.</summary>
    public static void WriteHead(GraphWriter writer, object closure)
    {
        if (writer.WriteIfKnown(closure))
            return;
        writer.Out.WriteByte(Tag.Other);
        writer.WriteType(closure.GetType());
    }

    public static object ReadHead(GraphReader reader)
    {
        switch (reader.In.ReadByte())
        {
            case Tag.Known:
                object known = reader.ReadKnown();
                return IsClosure(known.GetType()) ? known : throw new MalformedPayloadException($"A {TypeText.Of(known.GetType())} holds no captured variables.");
            case Tag.Other:
                Type type = reader.ReadType();
                if (!IsClosure(type) || type.ContainsGenericParameters)
                    throw new MalformedPayloadException($"A {TypeText.Of(type)} holds no captured variables.");
                int number = reader.Reserve();
                object closure = RuntimeHelpers.GetUninitializedObject(type);
                reader.Set(number, closure);
                return closure;
            default:
                throw new MalformedPayloadException("Captured variables are missing.");
        }
    }

    /// <summary>Writes the variables that <paramref name="scan"/> says are used.</summary>
    public static void WriteBody(GraphWriter writer, MethodScan scan, object closure)
    {
        FieldSlot[] slots = SlotsOf(closure.GetType());
        List<int> wanted = writer.ClaimFields(closure, scan.FieldsOf(closure.GetType()));
        writer.Out.WriteVarUInt((ulong)wanted.Count);
        foreach (int index in wanted)
        {
            writer.Out.WriteVarUInt((ulong)index);
            WriteVariable(writer, scan, slots[index], closure);
        }
    }

    public static void ReadBody(GraphReader reader, object closure)
    {
        FieldSlot[] slots = SlotsOf(closure.GetType());
        reader.Enter();
        for (long count = reader.In.ReadCount(1); count > 0; count--)
        {
            ulong index = reader.In.ReadVarUInt();
            if (index >= (ulong)slots.Length)
                throw new MalformedPayloadException($"{TypeText.Of(closure.GetType())} has no captured variable {index}.");
            slots[index].Read(reader, closure);
        }
        reader.Depth--;
    }

    /// <summary>Writes a reference to a closure, from another or from an iterator.</summary>
    public static void WriteReference(GraphWriter writer, MethodScan scan, object? closure)
    {
        writer.Out.WriteByte(closure is null ? (byte)0 : (byte)1);
        if (closure is null)
            return;
        WriteHead(writer, closure);
        WriteBody(writer, scan, closure);
    }

    public static object? ReadReference(GraphReader reader)
    {
        if (reader.In.ReadByte() == 0)
            return null;
        object closure = ReadHead(reader);
        ReadBody(reader, closure);
        return closure;
    }

    /// <summary>A number for each field of a closure: its place among them all.</summary>
    public static FieldSlot[] SlotsOf(Type closure) => Slots.GetOrAdd(closure, static type => FieldSlot.All(type));

    private static void WriteVariable(GraphWriter writer, MethodScan scan, FieldSlot slot, object closure)
    {
        string name = slot.Field.Name == This ? "this" : TypeText.MemberName(slot.Field.Name);
        if (writer.Notes is { } notes)
        {
            notes.CarriesThis |= name == "this";
            if (scan.Writes(slot.Field))
                notes.CaptureWritten(name);
        }
        if (slot is ClosureFieldSlot)
        {
            WriteReference(writer, scan, slot.Field.GetValue(closure));
            return;
        }
        if (writer.Path is not { } path)
        {
            slot.WriteValue(writer, closure);
            return;
        }
        path.Captured(name);
        long before = writer.Out.Length;
        slot.WriteValue(writer, closure);
        path.Measured?.Invoke(path.ToString(), writer.Out.Length - before);
        path.Back();
    }
}

/// <summary>A field that links a closure, or an iterator, to the closure of an outer scope.</summary>
internal sealed class ClosureFieldSlot(FieldInfo field) : FieldSlot(field)
{
    public override bool MayBeEmitted => false;

    public override void WriteValue(GraphWriter writer, object owner) =>
        Closures.WriteReference(writer, MethodScan.OfAll(Field.DeclaringType!), Field.GetValue(owner));

    public override void Read(GraphReader reader, object owner)
    {
        object? closure = Closures.ReadReference(reader);
        if (closure is not null && !Field.FieldType.IsInstanceOfType(closure))
            throw new MalformedPayloadException($"A {TypeText.Of(closure.GetType())} stands where a {TypeText.Of(Field.FieldType)} belongs.");
        Field.SetValue(owner, closure);
    }
}
