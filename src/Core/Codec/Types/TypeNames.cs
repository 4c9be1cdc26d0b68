using System.Collections.Concurrent;
using System.Reflection;

namespace PathosHpc;

/// <summary>Types as bytes: assembly, MVID, full name and row of metadata of definitions; arguments of generics; elements of arrays.
/// Only types of the program's own assemblies are found again.</summary>
internal static class TypeNames
{
    public const int MaxLength = 1 << 16;
    private const int MaxNesting = 32;
    private const byte Defined = 1, DefinedInFramework = 2, Generic = 3, Vector = 4, MultiArray = 5, DefinedInRow = 6, FirstWellKnown = 32;

    /// <summary>The table of types in a module's metadata (ECMA-335, II.22.37), as it stands in front of a row's number in a token.</summary>
    private const int TypeTable = 0x02 << 24;

    private static readonly Type[] WellKnown =
    [
        typeof(object), typeof(string), typeof(bool), typeof(char), typeof(sbyte), typeof(byte), typeof(short), typeof(ushort), typeof(int),
        typeof(uint), typeof(long), typeof(ulong), typeof(Half), typeof(float), typeof(double), typeof(decimal), typeof(Int128), typeof(UInt128),
        typeof(DateTime), typeof(DateTimeOffset), typeof(TimeSpan), typeof(DateOnly), typeof(TimeOnly), typeof(Guid), typeof(Type), typeof(List<>),
        typeof(Dictionary<,>), typeof(KeyValuePair<,>), typeof(Nullable<>), typeof(ValueTuple<,>), typeof(ValueTuple<,,>), typeof(Tuple<,>),
    ];

    private static readonly ConcurrentDictionary<Type, byte[]> Described = new();
    private static readonly TypeNameTable Resolved = new();

    public static byte[] Describe(Type type) => Described.GetOrAdd(type, static described =>
    {
        var writer = new PayloadWriter();
        Write(writer, described);
        return writer.Detach().ToArray();
    });

    /// <summary>The type that <see cref="Describe"/> described. Throws for anything that is not a usable type of this program.</summary>
    public static Type Resolve(ReadOnlySpan<byte> name)
    {
        if (Resolved.Find(name) is { } known)
            return known;
        byte[] copy = name.ToArray();
        var reader = new PayloadReader(new Payload(copy));
        Type type;
        try
        {
            type = Read(reader, MaxNesting);
        }
        catch (Exception exception) when (exception is ArgumentException or TypeLoadException or IOException or BadImageFormatException or NotSupportedException)
        {
            throw new MalformedPayloadException($"A type's name leads to no type: {exception.Message}", exception);
        }
        if (reader.Remaining != 0)
            throw new MalformedPayloadException($"{reader.Remaining} bytes follow the name of {TypeText.Of(type)}.");
        Resolved.Add(copy, type);
        return type;
    }

    private static void Write(PayloadWriter writer, Type type)
    {
        int code = Array.IndexOf(WellKnown, type);
        if (code >= 0)
        {
            writer.WriteByte((byte)(FirstWellKnown + code));
        }
        else if (type.IsArray)
        {
            writer.WriteByte(type.IsSZArray ? Vector : MultiArray);
            if (!type.IsSZArray)
                writer.WriteByte((byte)type.GetArrayRank());
            Write(writer, type.GetElementType()!);
        }
        else if (type.IsGenericType && !type.IsGenericTypeDefinition)
        {
            Type[] arguments = type.GetGenericArguments();
            writer.WriteByte(Generic);
            Write(writer, type.GetGenericTypeDefinition());
            writer.WriteByte(checked((byte)arguments.Length));
            foreach (Type argument in arguments)
                Write(writer, argument);
        }
        else
        {
            WriteDefinition(writer, type);
        }
    }

    private static void WriteDefinition(PayloadWriter writer, Type type)
    {
        if (type.IsPointer || type.IsByRef || type.IsGenericParameter || type.IsFunctionPointer || type.Assembly.IsDynamic)
            throw new RefusalException(type, "a type that has no name in another process", "use a class or struct that is compiled into the program");
        bool framework = AppAssemblies.IsFramework(type.Assembly);
        writer.WriteByte(framework ? DefinedInFramework : DefinedInRow);
        writer.WriteString(type.Assembly.GetName().Name);
        if (!framework)
            writer.WriteGuid(AppAssemblies.Mvid(type.Assembly));
        writer.WriteString(type.FullName);
        if (!framework)
            writer.WriteVarUInt((uint)(type.MetadataToken & ~TypeTable));
    }

    private static Type Read(PayloadReader reader, int nesting)
    {
        if (nesting == 0)
            throw new MalformedPayloadException("A type's name is nested too deeply.");
        byte kind = reader.ReadByte();
        switch (kind)
        {
            case Defined or DefinedInFramework or DefinedInRow:
                return ReadDefinition(reader, kind);
            case Vector:
                return Read(reader, nesting - 1).MakeArrayType();
            case MultiArray:
                int rank = reader.ReadByte();
                return Read(reader, nesting - 1).MakeArrayType(rank);
            case Generic:
                Type definition = Read(reader, nesting - 1);
                var arguments = new Type[reader.ReadByte()];
                for (int i = 0; i < arguments.Length; i++)
                    arguments[i] = Read(reader, nesting - 1);
                return definition.IsGenericTypeDefinition ? definition.MakeGenericType(arguments)
                    : throw new MalformedPayloadException($"{TypeText.Of(definition)} takes no type arguments.");
            case >= FirstWellKnown when kind - FirstWellKnown < WellKnown.Length:
                return WellKnown[kind - FirstWellKnown];
            default:
                throw new MalformedPayloadException($"{kind} is no kind of type.");
        }
    }

    private static Type ReadDefinition(PayloadReader reader, byte kind)
    {
        bool framework = kind == DefinedInFramework;
        string assemblyName = reader.ReadString() ?? throw new MalformedPayloadException("A type has no assembly.");
        Guid mvid = framework ? default : reader.ReadGuid();
        string typeName = reader.ReadString() ?? throw new MalformedPayloadException("A type has no name.");
        if (IsParsedFurther(typeName) || typeName.Length == 0)
            throw new MalformedPayloadException($"'{typeName}' is no name of a type.");
        Assembly assembly = AppAssemblies.Find(assemblyName)
            ?? throw new MalformedPayloadException($"The assembly '{assemblyName}' is not part of this program.");
        if (AppAssemblies.IsFramework(assembly) != framework)
            throw new MalformedPayloadException($"The assembly '{assemblyName}' is not what its name says.");
        if (!framework && AppAssemblies.Mvid(assembly) != mvid)
            throw new StaleBuildException(assemblyName, mvid, AppAssemblies.Mvid(assembly), AppAssemblies.PathOf(assembly));
        // The same build has it in the same row. To look for it by name, a process compiles the runtime's parser of names first, with its vectors.
        Type? type = kind == DefinedInRow
            ? assembly.ManifestModule.ResolveType(TypeTable | (int)Math.Min(reader.ReadVarUInt(), ~0xFF000000)) is var inRow && inRow.FullName == typeName ? inRow : null
            : assembly.GetType(typeName, throwOnError: false, ignoreCase: false);
        return type is not null && type.Assembly == assembly ? type
            : throw new MalformedPayloadException($"The assembly '{assemblyName}' has no type '{typeName}'.");
    }

    /// <summary>Whether the runtime's parser would look for further types and assemblies in the name.</summary>
    private static bool IsParsedFurther(string name)
    {
        foreach (char c in name)
        {
            if (c is '[' or ']' or ',' or '*' or '&' or '\\')
                return true;
        }
        return false;
    }
}
