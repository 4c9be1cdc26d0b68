namespace PathosHpc;

/// <summary>Types and members as a C# programmer writes them, for messages.</summary>
internal static class TypeText
{
    public static string Of(Type type)
    {
        if (type.IsArray)
            return $"{Of(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (type.IsPointer || type.IsByRef)
            return Of(type.GetElementType()!) + (type.IsPointer ? "*" : "&");
        string name = type.IsGenericParameter ? type.Name : (type.FullName ?? type.Name).Split('[')[0].Replace('+', '.');
        if (!type.IsGenericType)
            return name;
        Type[] arguments = type.GetGenericArguments();
        return $"{name.Split('`')[0]}<{string.Join(", ", arguments.Select(Of))}>";
    }

    /// <summary><c>Name</c> for the field of an automatic property <c>Name</c> or of a constructor's parameter, else as it is.</summary>
    public static string MemberName(string field)
    {
        int end = field.IndexOf('>', StringComparison.Ordinal);
        return field.StartsWith('<') && end > 1 ? field[1..end] : field;
    }
}
