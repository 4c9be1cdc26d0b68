using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace PathosHpc;

/// <summary>Emits, for one type, what writes or reads each of its fields. References go through their <see cref="ReferenceSlot"/>,
/// which the code finds in an array that it is bound to; all else through <see cref="Slot{T}"/>.</summary>
internal static class FieldEmitter
{
    public static FieldsWriter<T> Writer<T>(FieldInfo[] fields) =>
        (FieldsWriter<T>)Emit<T>(typeof(GraphWriter), typeof(FieldsWriter<T>), fields, EmitWrite);

    public static FieldsReader<T> Reader<T>(FieldInfo[] fields) =>
        (FieldsReader<T>)Emit<T>(typeof(GraphReader), typeof(FieldsReader<T>), fields, EmitRead);

    private static Delegate Emit<T>(Type state, Type result, FieldInfo[] fields, Action<ILGenerator, FieldInfo, int> emit)
    {
        var method = new DynamicMethod($"{result.Name} {typeof(T).Name}", typeof(void), [typeof(ReferenceSlot[]), state, typeof(T).MakeByRefType()],
            typeof(FieldEmitter).Module, skipVisibility: true);
        ILGenerator il = method.GetILGenerator();
        var references = new ReferenceSlot?[fields.Length];
        for (int i = 0; i < fields.Length; i++)
        {
            references[i] = Prepare(fields[i].FieldType);
            emit(il, fields[i], i);
        }
        il.Emit(OpCodes.Ret);
        return method.CreateDelegate(result, references);
    }

    /// <summary>Initialises the slot of <paramref name="type"/>, so that its decisions are constants to the compiler of the emitted code.</summary>
    private static ReferenceSlot? Prepare(Type type)
    {
        Type slot = typeof(Slot<>).MakeGenericType(type);
        RuntimeHelpers.RunClassConstructor(slot.TypeHandle);
        return (ReferenceSlot?)slot.GetField(nameof(Slot<object>.Reference))!.GetValue(null);
    }

    private static bool IsReference(FieldInfo field) => !field.FieldType.IsValueType && field.FieldType != typeof(string);

    private static void EmitWrite(ILGenerator il, FieldInfo field, int index)
    {
        if (IsReference(field))
        {
            EmitReferenceSlot(il, index);
            il.Emit(OpCodes.Ldarg_1);
            EmitOwner(il, field);
            il.Emit(OpCodes.Ldfld, field);
            il.Emit(OpCodes.Call, typeof(ReferenceSlot).GetMethod(nameof(ReferenceSlot.Write))!);
            return;
        }
        il.Emit(OpCodes.Ldarg_1);
        EmitOwner(il, field);
        il.Emit(OpCodes.Ldflda, field);
        il.Emit(OpCodes.Call, field.FieldType == typeof(string) ? typeof(Emitted).GetMethod(nameof(Emitted.WriteString))! : ValueMethod(field, nameof(Slot<int>.WriteValue)));
    }

    private static void EmitRead(ILGenerator il, FieldInfo field, int index)
    {
        if (IsReference(field))
        {
            EmitOwner(il, field);
            EmitReferenceSlot(il, index);
            il.Emit(OpCodes.Ldarg_1);
            il.Emit(OpCodes.Call, typeof(ReferenceSlot).GetMethod(nameof(ReferenceSlot.Read))!);
            il.Emit(OpCodes.Stfld, field);
            return;
        }
        il.Emit(OpCodes.Ldarg_1);
        EmitOwner(il, field);
        il.Emit(OpCodes.Ldflda, field);
        il.Emit(OpCodes.Call, field.FieldType == typeof(string) ? typeof(Emitted).GetMethod(nameof(Emitted.ReadString))! : ValueMethod(field, nameof(Slot<int>.ReadValue)));
    }

    private static void EmitReferenceSlot(ILGenerator il, int index)
    {
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldc_I4, index);
        il.Emit(OpCodes.Ldelem_Ref);
    }

    private static void EmitOwner(ILGenerator il, FieldInfo field)
    {
        il.Emit(OpCodes.Ldarg_2);
        if (!field.DeclaringType!.IsValueType)
            il.Emit(OpCodes.Ldind_Ref);
    }

    private static MethodInfo ValueMethod(FieldInfo field, string name) => typeof(Slot<>).MakeGenericType(field.FieldType).GetMethod(name)!;
}

/// <summary>What emitted code calls beside <see cref="Slot{T}"/>.</summary>
internal static class Emitted
{
    public static void WriteString(GraphWriter writer, ref string? value) => writer.Out.WriteString(value);

    public static void ReadString(GraphReader reader, ref string? value) => value = reader.In.ReadString();
}
