using System.Reflection;

namespace PathosHpc;

/// <summary>Which fields of a type travel, in which order: those of bases first, then as they stand in the metadata.</summary>
internal static class FieldList
{
    private const BindingFlags All = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>The fields of <paramref name="type"/> and its bases, up to and without <paramref name="stop"/>.</summary>
    public static FieldInfo[] Of(Type type, Type? stop = null)
    {
        var fields = new List<FieldInfo>();
        for (Type? ancestor = type; ancestor is not null && ancestor != stop; ancestor = ancestor.BaseType)
            fields.InsertRange(0, Declared(ancestor));
        return [.. fields];
    }

    public static FieldInfo[] Declared(Type type)
    {
        FieldInfo[] fields = type.GetFields(All);
        Array.Sort(fields, static (x, y) => x.MetadataToken.CompareTo(y.MetadataToken));
        return Array.FindAll(fields, Travels);
    }

    /// <summary>A number that changes when fields of a .NET type do, because nodes may run different patch versions of it;
    /// null for types whose fields are part of their contract, and for others, whose MVID is compared.</summary>
    public static uint? Fingerprint(Type type)
    {
        bool known = type.IsValueType || type == typeof(object) || type.FullName!.StartsWith("System.Tuple`", StringComparison.Ordinal);
        if (known || !AppAssemblies.IsFramework(type.Assembly))
            return null;
        uint hash = 2166136261;
        foreach (FieldInfo field in Of(type))
        {
            foreach (char c in $"{field.Name}:{field.FieldType.Name};")
                hash = (hash ^ c) * 16777619;
        }
        return hash;
    }

    private static bool Travels(FieldInfo field)
    {
#pragma warning disable SYSLIB0050 // the flag of [NonSerialized] is what is asked for, not the formatters that once used it
        if ((field.Attributes & FieldAttributes.NotSerialized) != 0)
            return false;
#pragma warning restore SYSLIB0050
        // A group of a GroupBy links to all its siblings.
        return !(field.DeclaringType is { IsGenericType: true, Namespace: "System.Linq", Name: "Grouping`2" } && field.Name is "_next" or "_hashNext");
    }
}
