using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace PathosHpc.Tests.PublicApi;

/// <summary>Writes the public types and members of assemblies as text: a line for each, in an order that does not change by itself.</summary>
internal static class PublicApiText
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
    private static readonly NullabilityInfoContext Nullability = new();

    public static string Of(IEnumerable<Assembly> assemblies)
    {
        var text = new StringBuilder();
        foreach (var assembly in assemblies)
        {
            foreach (var type in assembly.GetExportedTypes().OrderBy(t => t.FullName, StringComparer.Ordinal))
            {
                string name = TypeText.Declaration(type);
                text.Append(name).Append('\n');
                foreach (string member in Members(type).Order(StringComparer.Ordinal))
                    text.Append(type.Name.Split('`')[0]).Append('.').Append(member).Append('\n');
            }
        }
        return text.ToString();
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
            return Enum.GetNames(type).Select(n => $"{n} = {Convert.ToInt64(Enum.Parse(type, n), CultureInfo.InvariantCulture)}");
        return
        [
            .. type.GetConstructors(Declared).Where(IsVisible).Select(c => $".ctor({Parameters(c)})"),
            .. type.GetFields(Declared).Where(f => f.IsPublic || f.IsFamily).Select(f => $"{f.Name}: {TypeText.Of(Nullability.Create(f))}{(f.IsLiteral ? $" = {f.GetRawConstantValue()}" : "")}"),
            .. type.GetProperties(Declared).Where(p => p.GetAccessors(true).Any(IsVisible)).Select(Property),
            .. type.GetEvents(Declared).Where(e => IsVisible(e.AddMethod!)).Select(e => $"event {e.Name}: {TypeText.Of(e.EventHandlerType!)}"),
            .. type.GetMethods(Declared).Where(m => IsVisible(m) && !m.IsSpecialName && !IsGenerated(m)).Select(Method),
        ];
    }

    private static string Property(PropertyInfo property)
    {
        string index = string.Join(", ", property.GetIndexParameters().Select(Parameter));
        string get = property.GetMethod is { } g && IsVisible(g) ? " get;" : "";
        string set = property.SetMethod is not { } s || !IsVisible(s) ? ""
            : s.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? " init;" : " set;";
        string required = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";
        return $"{required}{property.Name}{(index.Length > 0 ? $"[{index}]" : "")}: {TypeText.Of(Nullability.Create(property))} {{{get}{set} }}{Modifier(property.GetAccessors(true)[0])}";
    }

    private static string Method(MethodInfo method)
    {
        string generics = method.IsGenericMethodDefinition ? $"<{string.Join(", ", method.GetGenericArguments().Select(TypeText.Of))}>" : "";
        string extension = method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "";
        return $"{method.Name}{generics}({extension}{Parameters(method)}): {TypeText.Of(Nullability.Create(method.ReturnParameter))}{Modifier(method)}";
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        string kind = parameter.IsOut ? "out " : parameter.IsIn ? "in " : parameter.ParameterType.IsByRef ? "ref " : parameter.IsDefined(typeof(ParamArrayAttribute)) ? "params " : "";
        string value = parameter.HasDefaultValue ? $" = {Literal(parameter.DefaultValue)}" : "";
        return $"{kind}{TypeText.Of(Nullability.Create(parameter))} {parameter.Name}{value}";
    }

    private static string Literal(object? value) => value switch
    {
        null => "default",
        string text => $"\"{text}\"",
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Modifier(MethodInfo method) =>
        method.IsStatic ? " static"
        : method.IsAbstract ? " abstract"
        : !method.IsVirtual || method.IsFinal || method.DeclaringType!.IsSealed && method.GetBaseDefinition() == method ? ""
        : method.GetBaseDefinition() == method ? " virtual" : " override";

    /// <summary>What is protected in a sealed type is seen by nobody outside.</summary>
    private static bool IsVisible(MethodBase method) => method.IsPublic || ((method.IsFamily || method.IsFamilyOrAssembly) && !method.DeclaringType!.IsSealed);

    private static bool IsGenerated(MethodInfo method) => method.IsDefined(typeof(CompilerGeneratedAttribute)) || method.Name.Contains('<');
}
