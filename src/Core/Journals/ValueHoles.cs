using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PathosHpc;

/// <summary>Bytes of a struct that belong to none of its fields, and hold whatever was in memory.</summary>
internal static class ValueHoles
{
    private const BindingFlags Fields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>0 for each byte of <paramref name="type"/> that no field owns, else 255; null when every byte is owned.</summary>
    public static byte[]? MaskOf(Type type, int size)
    {
        var one = Array.CreateInstance(type, 1);
        one.SetValue(Full(type), 0);
        byte[] mask = MemoryMarshal.CreateReadOnlySpan(ref MemoryMarshal.GetArrayDataReference(one), size).ToArray();
        for (int i = 0; i < mask.Length; i++)
            mask[i] = mask[i] == 0 ? (byte)0 : (byte)255;
        return mask.Contains((byte)0) ? mask : null;
    }

    /// <summary>Where a field lies within a value of <paramref name="type"/>.</summary>
    public static int OffsetOf(Type type, FieldInfo field, int size)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner)
            return field.Name == "hasValue" ? 0 : size - SizeOf(inner);
        object value = RuntimeHelpers.GetUninitializedObject(type);
        field.SetValue(value, Full(field.FieldType));
        return MemoryMarshal.CreateSpan(ref Unsafe.As<Box>(value).First, size).IndexOfAnyExcept((byte)0);
    }

    /// <summary>A value, boxed, no byte of whose fields is 0.</summary>
    private static object Full(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner)
            return Full(inner);
        object value = RuntimeHelpers.GetUninitializedObject(type);
        // What fixed buffers and inline arrays hold is more than reflection shows.
        if (type.IsPrimitive || type.IsEnum || RawTypes.HidesElements(type) || type.IsDefined(typeof(UnsafeValueTypeAttribute), false))
        {
            MemoryMarshal.CreateSpan(ref Unsafe.As<Box>(value).First, SizeOf(type)).Fill(255);
            return value;
        }
        foreach (FieldInfo field in type.GetFields(Fields))
            field.SetValue(value, Full(field.FieldType));
        return value;
    }

    /// <summary>Bytes of a value of <paramref name="type"/>.</summary>
    public static int SizeOf(Type type) =>
        (int)typeof(ValueHoles).GetMethod(nameof(SizeOfCore), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type).Invoke(null, null)!;

    private static int SizeOfCore<T>() => Unsafe.SizeOf<T>();

    /// <summary>Reaches the memory of a boxed value.</summary>
    private sealed class Box
    {
        public byte First;
    }
}
