using System.Reflection;
using System.Runtime.CompilerServices;

namespace PathosHpc;

/// <summary>Which types travel as the memory they are: values without references, pointers and native integers.</summary>
internal static class RawTypes
{
    private const BindingFlags InstanceFields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    public static bool IsRaw(Type type)
    {
        if (!type.IsValueType || type.IsByRefLike || type.ContainsGenericParameters)
            return false;
        if (type.IsPrimitive)
            return type != typeof(nint) && type != typeof(nuint);
        if (type.IsEnum)
            return true;
        if (DependsOnProcessor(type))
            return false;
        foreach (FieldInfo field in type.GetFields(InstanceFields))
        {
            if (!IsRaw(field.FieldType))
                return false;
        }
        return true;
    }

    /// <summary>Whether values of the type are wider on some processors than on others.</summary>
    public static bool DependsOnProcessor(Type type) => type is { IsGenericType: true, Namespace: "System.Numerics", Name: "Vector`1" };

    /// <summary>Whether the fields that reflection sees are not all that the value holds.</summary>
    public static bool HidesElements(Type type) => type.IsDefined(typeof(InlineArrayAttribute), false);
}
