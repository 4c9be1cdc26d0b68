using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.Loader;

namespace PathosHpc;

/// <summary>The assemblies of this program: what is loaded, what the host was told to trust, and what those refer to.
/// Nothing else is ever loaded for a name that came from outside.</summary>
internal static class AppAssemblies
{
    private static readonly ConcurrentDictionary<string, Assembly> Found = new(StringComparer.Ordinal);
    private static readonly Lazy<HashSet<string>> Trusted = new(ReadTrusted);

    // The keys that Microsoft signs the framework's assemblies with.
    private static readonly HashSet<string> FrameworkKeys = ["B03F5F7F11D50A3A", "B77A5C561934E089", "7CEC85D7BEA7798E", "CC7B13FFCD2DDD51"];
    private static readonly ConcurrentDictionary<Assembly, bool> Framework = new();

    /// <summary>The program's assembly with this simple name, or null.</summary>
    public static Assembly? Find(string simpleName)
    {
        if (Found.TryGetValue(simpleName, out Assembly? assembly))
            return assembly;
        assembly = FindLoaded(simpleName) ?? (IsKnown(simpleName) ? Load(simpleName) : null);
        if (assembly is not null)
            Found[simpleName] = assembly;
        return assembly;
    }

    /// <summary>Whether the assembly is part of .NET, whose builds differ between nodes by their patch version.</summary>
    public static bool IsFramework(Assembly assembly) => Framework.GetOrAdd(assembly, static candidate =>
    {
        AssemblyName name = candidate.GetName();
        return FrameworkKeys.Contains(Convert.ToHexString(name.GetPublicKeyToken() ?? []))
            && (name.Name!.StartsWith("System", StringComparison.Ordinal) || name.Name.StartsWith("Microsoft.Win32", StringComparison.Ordinal)
                || name.Name is "mscorlib" or "netstandard" or "WindowsBase" or "Microsoft.CSharp" or "Microsoft.VisualBasic.Core");
    });

    /// <summary>Module version id: changes with every build that differs.</summary>
    public static Guid Mvid(Assembly assembly) => assembly.ManifestModule.ModuleVersionId;

    /// <summary>Where the assembly was loaded from, or null when that is not a file.</summary>
    public static string? PathOf(Assembly assembly)
    {
#pragma warning disable IL3000 // an empty location in a single-file program is what is asked for
        string location = assembly.Location;
#pragma warning restore IL3000
        return location.Length == 0 ? null : location;
    }

    private static Assembly? FindLoaded(string simpleName)
    {
        Assembly? found = null;
        foreach (Assembly assembly in AppDomain.CurrentDomain.GetAssemblies())
        {
            if (assembly.IsDynamic || !string.Equals(assembly.GetName().Name, simpleName, StringComparison.Ordinal))
                continue;
            if (AssemblyLoadContext.GetLoadContext(assembly) == AssemblyLoadContext.Default)
                return assembly;
            found ??= assembly;
        }
        return found;
    }

    private static bool IsKnown(string simpleName)
    {
        if (Trusted.Value.Contains(simpleName))
            return true;
        foreach (Assembly assembly in AppDomain.CurrentDomain.GetAssemblies())
        {
            if (!assembly.IsDynamic && assembly.GetReferencedAssemblies().Any(reference => reference.Name == simpleName))
                return true;
        }
        return false;
    }

    private static Assembly? Load(string simpleName)
    {
        try
        {
            return Assembly.Load(new AssemblyName(simpleName));
        }
        catch (Exception exception) when (exception is IOException or BadImageFormatException)
        {
            return null;
        }
    }

    private static HashSet<string> ReadTrusted()
    {
        string paths = AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") as string ?? "";
        return [.. paths.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Select(path => Path.GetFileNameWithoutExtension(path))];
    }
}
