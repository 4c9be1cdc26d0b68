using System.Reflection;

namespace PathosHpc;

/// <summary>Finds the members that a method's instructions name.</summary>
internal sealed class TokenResolver(MethodBase method)
{
    private readonly Type[]? typeArguments = method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null;
    private readonly Type[]? methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;

    public FieldInfo? Field(int token) => Try(() => method.Module.ResolveField(token, typeArguments, methodArguments));

    public MethodBase? Method(int token) => Try(() => method.Module.ResolveMethod(token, typeArguments, methodArguments));

    /// <summary>Null for what is not there: an assembly that the program refers to on some paths only.</summary>
    private static T? Try<T>(Func<T?> resolve) where T : class
    {
        try
        {
            return resolve();
        }
        catch (Exception exception) when (exception is IOException or TypeLoadException or BadImageFormatException or ArgumentException or MissingMemberException)
        {
            return null;
        }
    }
}
