using System.Reflection;

namespace PathosHpc.Tests.PublicApi;

/// <summary>Types as C# writes them.</summary>
internal static class TypeText
{
    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void", [typeof(object)] = "object", [typeof(string)] = "string", [typeof(bool)] = "bool", [typeof(char)] = "char",
        [typeof(byte)] = "byte", [typeof(int)] = "int", [typeof(uint)] = "uint", [typeof(long)] = "long", [typeof(ulong)] = "ulong",
        [typeof(float)] = "float", [typeof(double)] = "double", [typeof(nint)] = "nint",
    };

    /// <summary>The line that declares a type: what it is, its name, what it derives from.</summary>
    public static string Declaration(Type type)
    {
        string kind = type.IsEnum ? "enum" : type.IsSubclassOf(typeof(Delegate)) ? "delegate" : type.IsInterface ? "interface" : IsRecord(type) ? "record" : type.IsValueType ? "struct" : "class";
        if (type.IsValueType && kind == "record")
            kind = "record struct";
        string modifier = type.IsAbstract && type.IsSealed ? "static " : type.IsAbstract && !type.IsInterface ? "abstract " : "";
        IEnumerable<Type> bases = [
            .. type.BaseType is { } b && b != typeof(object) && b != typeof(ValueType) && b != typeof(Enum) && b != typeof(MulticastDelegate) ? [b] : Type.EmptyTypes,
            .. type.IsEnum ? [] : type.GetInterfaces().Except(type.BaseType?.GetInterfaces() ?? []).Where(i => i.IsPublic && !IsRecordsOwn(i, type))];
        string derives = string.Join(", ", bases.Select(Of));
        return $"{modifier}{kind} {Of(type)}{(derives.Length > 0 ? " : " + derives : "")}";
    }

    public static string Of(NullabilityInfo info)
    {
        var type = info.Type.IsByRef ? info.Type.GetElementType()! : info.Type;
        string text = type.IsArray && info.ElementType is { } element ? Of(element) + "[]"
            : type.IsGenericType && Nullable.GetUnderlyingType(type) is null && info.GenericTypeArguments.Length == type.GetGenericArguments().Length ? Generic(type, info.GenericTypeArguments.Select(Of))
            : Of(type);
        return info.ReadState == NullabilityState.Nullable && !type.IsValueType && !type.IsGenericParameter ? text + "?" : text;
    }

    public static string Of(Type type) =>
        Keywords.TryGetValue(type, out string? keyword) ? keyword
        : type.IsArray ? Of(type.GetElementType()!) + "[]"
        : type.IsPointer ? Of(type.GetElementType()!) + "*"
        : Nullable.GetUnderlyingType(type) is { } value ? Of(value) + "?"
        : type.IsGenericType ? Generic(type, type.GetGenericArguments().Select(Of))
        : type.Name;

    private static string Generic(Type type, IEnumerable<string> arguments) =>
        type.FullName?.StartsWith("System.ValueTuple`", StringComparison.Ordinal) == true
            ? $"({string.Join(", ", arguments)})"
            : $"{type.Name.Split('`')[0]}<{string.Join(", ", arguments)}>";

    private static bool IsRecord(Type type) =>
        type.GetMethod("<Clone>$") is not null || type.GetMethod("PrintMembers", BindingFlags.NonPublic | BindingFlags.Instance) is not null;

    private static bool IsRecordsOwn(Type face, Type type) => IsRecord(type) && face == typeof(IEquatable<>).MakeGenericType(type);
}
