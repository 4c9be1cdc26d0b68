using System.Reflection;
using System.Runtime.ConstrainedExecution;

namespace PathosHpc;

/// <summary>Says which types cannot travel, why, and what to do instead. What it lets pass is shipped by its fields.</summary>
internal static class Shippability
{
    private const string Resource = "an operating-system or thread resource";
    private const string OpenInside = "open it inside the function instead, or mark the field [NonSerialized]";

    /// <summary>Bases and interfaces, also of libraries that are only known by name.</summary>
    private static readonly (string Name, string Reason, string Remedy)[] Refused =
    [
        ("PathosHpc.Pool", "a captured pool", "make a pool inside the item instead"),
        ("PathosHpc.Communicator", "it belongs to one rank", "make or receive one on the rank that computes the item"),
        ("PathosHpc.MapContext", "it belongs to one item on one rank", "read MapContext.Current inside the function instead"),
        ("System.Threading.Tasks.Task", "work under way in this process", "await it and use its result"),
        ("System.Threading.Tasks.ValueTask", "work under way in this process", "await it and use its result"),
        ("System.Threading.Tasks.ValueTask`1", "work under way in this process", "await it and use its result"),
        ("System.Threading.CancellationTokenSource", Resource, "let the function take a CancellationToken as its last parameter"),
        ("System.Runtime.CompilerServices.Closure", "compiled at run time", "write the function as a lambda, or compile the expression inside it"),
        ("System.Linq.Expressions.Expression", "an expression tree", "write the function as a lambda, or build the expression inside it"),
        ("System.IO.Stream", Resource, OpenInside),
        ("System.IO.TextReader", Resource, OpenInside),
        ("System.IO.TextWriter", Resource, OpenInside),
        ("System.Threading.Thread", Resource, "start it inside the function instead"),
        ("System.Threading.Timer", Resource, "start it inside the function instead"),
        ("System.Runtime.InteropServices.SafeHandle", Resource, OpenInside),
        ("System.Runtime.InteropServices.CriticalHandle", Resource, OpenInside),
        ("System.MarshalByRefObject", Resource, OpenInside),
        ("System.ComponentModel.Component", Resource, OpenInside),
        ("System.Net.Http.HttpMessageInvoker", Resource, OpenInside),
        ("System.Data.IDbConnection", "a connection to a database", OpenInside),
        ("Microsoft.EntityFrameworkCore.DbContext", "a connection to a database", OpenInside),
        ("Microsoft.Extensions.Logging.ILogger", "a logger of this process", "make the logger inside the function instead"),
        ("System.IServiceProvider", "a container of this process's services", "resolve the service inside the function instead"),
        ("System.Progress`1", "it reports to this process", "use MapOptions.Progress, or return what is to be reported"),
    ];

    /// <summary>Framework types, beside those with codecs of their own, whose fields are all that they are.</summary>
    private static readonly HashSet<string> Sound =
    [
        "System.Object", "System.ValueType", "System.Enum", "System.Array", "System.Attribute", "System.Nullable`1", "System.ArraySegment`1",
        "System.Collections.Generic.KeyValuePair`2", "System.Collections.DictionaryEntry", "System.Collections.ArrayList",
        "System.Runtime.CompilerServices.StrongBox`1", "System.Lazy`1", "System.LazyHelper", "System.Globalization.NumberFormatInfo",
        "System.Linq.Grouping`2", "System.Linq.EnumerableQuery`1", "System.Net.IPEndPoint", "System.Net.DnsEndPoint",
        "System.Collections.Generic.ComparisonComparer`1", "System.Collections.Generic.DelegateEqualityComparer`1",
        "System.Collections.Generic.EqualityComparer`1", "System.Collections.Generic.Comparer`1", "System.StringComparer",
        "System.Collections.Generic.EqualityComparer`1+DelegateEqualityComparer`1", "System.MulticastDelegate", "System.Delegate", "System.Exception", "System.SystemException",
    ];

    private static readonly string[] SoundPrefixes =
        ["System.ValueTuple`", "System.Tuple`", "System.Random", "System.Collections.ObjectModel.", "System.Numerics.", "System.Drawing."];

    /// <summary>Why objects and values of exactly <paramref name="type"/> cannot travel, with a remedy; null when they can.</summary>
    public static RefusalException? Refusal(Type type)
    {
        (string Reason, string Remedy)? why = Why(type);
        return why is { } found ? new RefusalException(type, found.Reason, found.Remedy) : null;
    }

    private static (string Reason, string Remedy)? Why(Type type)
    {
        if (type.IsPointer || type.IsFunctionPointer || type == typeof(nint) || type == typeof(nuint))
            return ("an address or a handle in this process's memory", "ship what it points to, or mark the field [NonSerialized]");
        if (type.IsByRef || type.IsByRefLike || type.IsGenericTypeDefinition || type.ContainsGenericParameters || (type.IsAbstract && !type.IsArray))
            return ("no object can be of this type", "use a concrete class or struct");
        if (RawTypes.DependsOnProcessor(type))
            return ("its width depends on the processor", "use Vector128<T>, Vector256<T> or an array");
        if (RawTypes.HidesElements(type))
            return ("an inline array of references", "use an array");
        return WhyByAncestry(type);
    }

    private static (string Reason, string Remedy)? WhyByAncestry(Type type)
    {
        for (Type? ancestor = type; ancestor is not null; ancestor = ancestor.BaseType)
        {
            if (Listed(ancestor) is { } listed)
                return listed;
        }
        foreach (Type contract in type.GetInterfaces())
        {
            if (Listed(contract) is { } listed)
                return listed;
        }
        if (typeof(CriticalFinalizerObject).IsAssignableFrom(type) || HasFinalizer(type))
            return ("it has a finalizer, so it holds something of this process", OpenInside);
        for (Type? ancestor = type; ancestor is not null; ancestor = ancestor.BaseType)
        {
            if (AppAssemblies.IsFramework(ancestor.Assembly) && !IsSound(ancestor))
                return WhyUnsound(ancestor);
        }
        return null;
    }

    private static (string Reason, string Remedy)? Listed(Type type)
    {
        string name = NameOf(type);
        foreach ((string refused, string reason, string remedy) in Refused)
        {
            if (name == refused)
                return (reason, remedy);
        }
        return null;
    }

    private static bool IsSound(Type type)
    {
        string name = NameOf(type);
        if (Sound.Contains(name) || Array.Exists(SoundPrefixes, prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
            return true;
        if (typeof(Delegate).IsAssignableFrom(type) || typeof(Exception).IsAssignableFrom(type) || typeof(Attribute).IsAssignableFrom(type))
            return true;
        // Queries that have not begun: private iterators of LINQ, whose fields are sources and functions.
        if (type.Namespace == "System.Linq" && !name.Contains("Lookup", StringComparison.Ordinal) && !name.Contains("Parallel", StringComparison.Ordinal))
            return typeof(System.Collections.IEnumerable).IsAssignableFrom(type) || name.Contains("Comparer", StringComparison.Ordinal)
                || name.Contains("Iterator", StringComparison.Ordinal);
        // A base without fields of its own, such as a Comparer<T> or an abstract reader, adds nothing that could be lost.
        return type.IsAbstract && FieldList.Declared(type).Length == 0;
    }

    private static (string Reason, string Remedy) WhyUnsound(Type type)
    {
        string space = type.Namespace ?? "";
        if (type.Name.Contains("Enumerator", StringComparison.Ordinal))
            return ("an enumeration that has begun", "call ToArray() on the sequence first");
        return space.StartsWith("System.IO", StringComparison.Ordinal) || space.StartsWith("System.Net", StringComparison.Ordinal)
            || space.StartsWith("System.Threading", StringComparison.Ordinal) || space.StartsWith("System.Diagnostics", StringComparison.Ordinal)
            || space.StartsWith("Microsoft.Win32", StringComparison.Ordinal) || type == typeof(WeakReference)
            ? (Resource, OpenInside)
            : ("a .NET type whose private state means nothing elsewhere", "ship what it was made from, and make it inside the function");
    }

    private static bool HasFinalizer(Type type)
    {
        MethodInfo? finalizer = type.GetMethod("Finalize", BindingFlags.Instance | BindingFlags.NonPublic, Type.EmptyTypes);
        return finalizer is not null && finalizer.DeclaringType != typeof(object);
    }

    private static string NameOf(Type type) =>
        (type.IsConstructedGenericType ? type.GetGenericTypeDefinition() : type).FullName ?? type.Name;
}
