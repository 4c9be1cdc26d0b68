using System.Reflection;
using System.Runtime.CompilerServices;

namespace PathosHpc;

/// <summary>Guards against keys that contain themselves: the hash code of a record or a tuple goes through all its fields and would
/// overflow the stack. No honest writer can have had such a key in its collection.</summary>
internal static class StructuralKeys<T>
{
    private static readonly bool MayRecur = StructuralTypes.MayRecur(typeof(T), []);

    /// <summary>Throws for a key that contains itself, unless a comparer of the user's own looks at it.</summary>
    public static void Check(T key, object? comparer)
    {
        if (MayRecur && key is not null && (comparer is null || ReferenceEquals(comparer, EqualityComparer<T>.Default) || ReferenceEquals(comparer, Comparer<T>.Default)))
            StructuralTypes.CheckFinite(key);
    }
}

/// <summary>Types that are equal, hashed and ordered field by field.</summary>
internal static class StructuralTypes
{
    /// <summary>Levels of records within records whose hash code still fits a small stack.</summary>
    private const int MaxDepth = 1000;

    /// <summary>Whether a value of <paramref name="type"/> may hold another of the same type by way of structural types alone.</summary>
    public static bool MayRecur(Type type, HashSet<Type> within)
    {
        if (type == typeof(object) || type.IsInterface)
            return true;
        if (RawTypes.IsRaw(type) || !IsStructural(type))
            return false;
        if (!within.Add(type))
            return true;
        bool recurs = !type.IsSealed || Array.Exists(FieldList.Of(type), field => MayRecur(field.FieldType, within));
        within.Remove(type);
        return recurs;
    }

    public static void CheckFinite(object key)
    {
        var within = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var stack = new Stack<(object Value, IEnumerator<object> Parts)>();
        for (object? next = key; ;)
        {
            if (next is not null && IsStructural(next.GetType()))
            {
                if (!within.Add(next) || stack.Count == MaxDepth)
                    throw new MalformedPayloadException($"A {TypeText.Of(next.GetType())} that is a key contains itself, or others more than {MaxDepth} deep.");
                stack.Push((next, Parts(next).GetEnumerator()));
            }
            while (stack.TryPeek(out (object Value, IEnumerator<object> Parts) top) && !top.Parts.MoveNext())
                within.Remove(stack.Pop().Value);
            if (stack.Count == 0)
                return;
            next = stack.Peek().Parts.Current;
        }
    }

    private static IEnumerable<object> Parts(object value)
    {
        foreach (FieldInfo field in FieldList.Of(value.GetType()))
        {
            if (!RawTypes.IsRaw(field.FieldType) && field.GetValue(value) is { } part and not string)
                yield return part;
        }
    }

    private static bool IsStructural(Type type)
    {
        if (type.FullName is { } name && (name.StartsWith("System.Tuple`", StringComparison.Ordinal) || name.StartsWith("System.ValueTuple`", StringComparison.Ordinal)))
            return true;
        MethodInfo? hash = type.GetMethod(nameof(GetHashCode), BindingFlags.Instance | BindingFlags.Public, Type.EmptyTypes);
        return hash is not null && (hash.DeclaringType == typeof(ValueType) || hash.IsDefined(typeof(CompilerGeneratedAttribute), false)
            || hash.DeclaringType!.IsDefined(typeof(CompilerGeneratedAttribute), false));
    }
}
