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

    private static readonly object Yes = new(), No = new();
    private static readonly ConcurrentDictionary<Assembly, object> Framework = new();

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
    public static bool IsFramework(Assembly assembly) =>
        ReferenceEquals(Framework.GetOrAdd(assembly, static candidate => HasFrameworkName(candidate.GetName()) ? Yes : No), Yes);

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

    /// <summary>By its name, and by the first byte of the token of the key that it is signed with.</summary>
    private static bool HasFrameworkName(AssemblyName name) =>
        name.GetPublicKeyToken() is [0xB0 or 0xB7 or 0x7C or 0xCC, _, _, _, _, _, _, _]
        && (name.Name!.StartsWith("System", StringComparison.Ordinal) || name.Name.StartsWith("Microsoft.Win32", StringComparison.Ordinal)
            || name.Name is "mscorlib" or "netstandard" or "WindowsBase" or "Microsoft.CSharp" or "Microsoft.VisualBasic.Core");

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
