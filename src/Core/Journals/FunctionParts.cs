using System.Globalization;
using System.Reflection;

namespace PathosHpc;

/// <summary>What makes a function the same in two runs: the method, the builds of the assemblies that its code is in, and the values that
/// it captured. Code is told by builds, since what a function may reach (virtual methods, static values) cannot be told from outside.</summary>
internal static class FunctionParts
{
    private static readonly string[] Ours = ["PathosHpc.Core", "PathosHpc.Mpi", "PathosHpc.Schedulers", "PathosHpc.Ssh"];

    /// <exception cref="CannotShipException">A captured value has no bytes.</exception>
    public static IEnumerable<JournalPart> Of(Delegate function)
    {
        foreach (Delegate call in function.GetInvocationList())
        {
            MethodInfo method = call.Method;
            yield return new JournalPart("the function", $"{TypeText.Of(method.DeclaringType!)}.{method.Name}", true);
            if (call.Target is { } target)
            {
                foreach (JournalPart part in Captured(method, target))
                    yield return part;
            }
        }
        foreach (Assembly assembly in Builds(function.Method.Module.Assembly))
            yield return new JournalPart($"the build of {assembly.GetName().Name}", AppAssemblies.Mvid(assembly).ToString(), true);
    }

    /// <summary>The assembly and the user's own that it refers to, one by one or by way of others.</summary>
    private static IEnumerable<Assembly> Builds(Assembly home)
    {
        var found = new SortedDictionary<string, Assembly>(StringComparer.Ordinal);
        var waiting = new Queue<Assembly>([home]);
        while (waiting.TryDequeue(out Assembly? assembly))
        {
            string name = assembly.GetName().Name ?? "";
            if (AppAssemblies.IsFramework(assembly) || Ours.Contains(name) || !found.TryAdd(name, assembly))
                continue;
            foreach (AssemblyName reference in assembly.GetReferencedAssemblies())
            {
                if (AppAssemblies.Find(reference.Name ?? "") is { } referred)
                    waiting.Enqueue(referred);
            }
        }
        return found.Values;
    }

    private static IEnumerable<JournalPart> Captured(MethodInfo method, object target)
    {
        if (!Closures.IsClosure(target.GetType()))
        {
            yield return Value("captured 'this'", target);
            yield break;
        }
        MethodScan scan = MethodScan.Of(method);
        FieldSlot[] slots = Closures.SlotsOf(target.GetType());
        foreach (int index in scan.FieldsOf(target.GetType()))
        {
            object? value = slots[index].Field.GetValue(target);
            if (slots[index] is ClosureFieldSlot)
            {
                foreach (JournalPart outer in value is null ? [] : Captured(method, value))
                    yield return outer;
            }
            else if (!scan.Writes(slots[index].Field))
            {
                // A variable that the function writes is no input of it.
                string name = TypeText.MemberName(slots[index].Field.Name);
                yield return Value(name.EndsWith("__this", StringComparison.Ordinal) ? "captured 'this'" : $"the captured variable '{name}'", value);
            }
        }
    }

    private static JournalPart Value(string name, object? value) => new(name, value switch
    {
        null => "null",
        IFormattable number when value.GetType().IsPrimitive => number.ToString(null, CultureInfo.InvariantCulture),
        bool or char => value.ToString()!,
        string { Length: <= 60 } text => $"'{text}'",
        _ => "#" + Hash(name, value),
    }, true);

    private static string Hash(string name, object? value)
    {
        var writer = new PayloadWriter();
        Graph.Write(writer, ref value, name, carriesFunctions: true);
        return PayloadHash.Of(writer.Detach()).ToString("x16", CultureInfo.InvariantCulture);
    }
}
