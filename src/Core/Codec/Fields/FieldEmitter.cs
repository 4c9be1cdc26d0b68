using System.Reflection;
using System.Reflection.Emit;

namespace PathosHpc;

/// <summary>Emits, for one type, a call of the right <see cref="Slot{T}"/> for each field.</summary>
internal static class FieldEmitter
{
    public static FieldsWriter<T> Writer<T>(FieldInfo[] fields) =>
        (FieldsWriter<T>)Emit<T>("Write", typeof(GraphWriter), fields, nameof(GraphWriterCalls.WriteEmpty)).CreateDelegate(typeof(FieldsWriter<T>));

    public static FieldsReader<T> Reader<T>(FieldInfo[] fields) =>
        (FieldsReader<T>)Emit<T>("Read", typeof(GraphReader), fields, nameof(GraphWriterCalls.ReadEmpty)).CreateDelegate(typeof(FieldsReader<T>));

    private static DynamicMethod Emit<T>(string verb, Type state, FieldInfo[] fields, string empty)
    {
        var method = new DynamicMethod($"{verb} {typeof(T).Name}", typeof(void), [state, typeof(T).MakeByRefType()], typeof(FieldEmitter).Module, skipVisibility: true);
        ILGenerator il = method.GetILGenerator();
        foreach (FieldInfo field in fields)
        {
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldarg_1);
            if (!typeof(T).IsValueType)
                il.Emit(OpCodes.Ldind_Ref);
            il.Emit(OpCodes.Ldflda, field);
            il.Emit(OpCodes.Call, CallFor(verb, field.FieldType));
        }
        if (typeof(T).IsValueType && fields.Length == 0)
        {
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Call, typeof(GraphWriterCalls).GetMethod(empty)!);
        }
        il.Emit(OpCodes.Ret);
        return method;
    }

    private static MethodInfo CallFor(string verb, Type type)
    {
        if (type == typeof(string))
            return typeof(GraphWriterCalls).GetMethod(verb + "String")!;
        string name = verb + (type.IsValueType ? "Value" : "Reference");
        return typeof(Slot<>).MakeGenericType(type).GetMethod(name)!;
    }
}

/// <summary>What emitted code calls beside <see cref="Slot{T}"/>.</summary>
internal static class GraphWriterCalls
{
    public static void WriteString(GraphWriter writer, ref string? value) => writer.Out.WriteString(value);

    public static void ReadString(GraphReader reader, ref string? value) => value = reader.In.ReadString();

    /// <summary>A struct without fields takes a byte all the same, so that a count of them cannot outgrow the bytes that carry it.</summary>
    public static void WriteEmpty(GraphWriter writer) => writer.Out.WriteByte(0);

    public static void ReadEmpty(GraphReader reader) => reader.In.ReadByte();
}
