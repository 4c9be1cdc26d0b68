using System.Collections.Concurrent;
using System.Reflection;

namespace PathosHpc;

/// <summary>Methods as bytes: of the user's assemblies by metadata token, which a build's MVID makes exact; of .NET's by name and
/// signature, because nodes may run different patch versions of it.</summary>
internal static class MethodNames
{
    private const BindingFlags All = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
    private const byte ByToken = 1, BySignature = 2;
    private static readonly ConcurrentDictionary<MethodInfo, byte[]> Described = new();

    public static void Write(PayloadWriter writer, MethodInfo method) => writer.WriteBytes(Described.GetOrAdd(method, static described =>
    {
        var name = new PayloadWriter();
        Describe(name, described);
        return name.Detach().ToArray();
    }));

    public static MethodInfo Read(PayloadReader reader)
    {
        byte kind = reader.ReadByte();
        Type type = ReadType(reader);
        string name = reader.ReadString() ?? "";
        MethodInfo? method = kind switch
        {
            ByToken => ByTokenOf(type, reader.ReadInt32()),
            BySignature => BySignatureOf(type, name, reader.ReadString()),
            _ => null,
        };
        var arguments = new Type[reader.ReadByte()];
        for (int i = 0; i < arguments.Length; i++)
            arguments[i] = ReadType(reader);
        if (method is null || method.Name != name || method.IsGenericMethodDefinition != arguments.Length > 0)
            throw new MalformedPayloadException($"{TypeText.Of(type)} has no method '{name}' as it was sent.");
        return arguments.Length > 0 ? method.MakeGenericMethod(arguments) : method;
    }

    private static void Describe(PayloadWriter writer, MethodInfo method)
    {
        MethodInfo definition = method.IsGenericMethod ? method.GetGenericMethodDefinition() : method;
        bool framework = AppAssemblies.IsFramework(method.DeclaringType!.Assembly);
        writer.WriteByte(framework ? BySignature : ByToken);
        WriteType(writer, method.DeclaringType);
        writer.WriteString(method.Name);
        if (framework)
            writer.WriteString(definition.ToString());
        else
            writer.WriteInt32(definition.MetadataToken);
        Type[] arguments = method.IsGenericMethod ? method.GetGenericArguments() : [];
        writer.WriteByte(checked((byte)arguments.Length));
        foreach (Type argument in arguments)
            WriteType(writer, argument);
    }

    private static MethodInfo? ByTokenOf(Type type, int token)
    {
        var method = type.Module.ResolveMethod(token, type.IsGenericType ? type.GetGenericArguments() : null, null) as MethodInfo;
        if (method is null || method.DeclaringType is null)
            return null;
        Type definition = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        if (method.DeclaringType != definition && method.DeclaringType != type)
            return null;
        return type.IsGenericType ? MethodBase.GetMethodFromHandle(method.MethodHandle, type.TypeHandle) as MethodInfo : method;
    }

    private static MethodInfo? BySignatureOf(Type type, string name, string? signature) =>
        Array.Find(type.GetMethods(All), method => method.Name == name && method.ToString() == signature);

    private static void WriteType(PayloadWriter writer, Type type)
    {
        byte[] name = TypeNames.Describe(type);
        writer.WriteVarUInt((ulong)name.Length);
        writer.WriteBytes(name);
    }

    private static Type ReadType(PayloadReader reader)
    {
        var name = new byte[Math.Min(reader.ReadCount(1), TypeNames.MaxLength)];
        reader.ReadBytes(name);
        return TypeNames.Resolve(name);
    }
}
