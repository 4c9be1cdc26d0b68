using System.Collections.Concurrent;
using System.Reflection;

namespace PathosHpc;

/// <summary>What the body of a method, and of all it leads to in the user's assemblies, uses: captured variables and static fields.
/// Generic methods are scanned by their definition, once.</summary>
internal sealed class MethodScan
{
    private static readonly ConcurrentDictionary<MethodBase, MethodScan> Scans = new();
    private static readonly ConcurrentDictionary<Type, MethodScan> TypeScans = new();

    private readonly HashSet<FieldInfo> used;
    private readonly HashSet<FieldInfo> written;
    private readonly ConcurrentDictionary<Type, int[]> fields = new();

    public MethodScan(HashSet<FieldInfo> used, HashSet<FieldInfo> written, IReadOnlyList<string> statics) =>
        (this.used, this.written, Statics) = (used, written, statics);

    /// <summary>Static fields that are not read-only, as <c>Type.field</c>.</summary>
    public IReadOnlyList<string> Statics { get; }

    public static MethodScan Of(MethodBase method) => Scans.GetOrAdd(method, static scanned => new MethodScanner().Scan([scanned]));

    /// <summary>The scan of every method of a type: an iterator's, whose methods are called one by one.</summary>
    public static MethodScan OfAll(Type type) =>
        TypeScans.GetOrAdd(type, static scanned => new MethodScanner().Scan(MethodScanner.MethodsOf(scanned)));

    /// <summary>Numbers of the fields of <paramref name="closure"/> that are used; see <see cref="Closures.SlotsOf"/>.</summary>
    public int[] FieldsOf(Type closure) => fields.GetOrAdd(closure, type =>
    {
        FieldSlot[] slots = Closures.SlotsOf(type);
        var wanted = new List<int>();
        for (int index = 0; index < slots.Length; index++)
        {
            if (used.Contains(Definition(slots[index].Field)))
                wanted.Add(index);
        }
        return [.. wanted];
    });

    public bool Writes(FieldInfo field) => written.Contains(Definition(field));

    /// <summary>The field of the generic definition, which all instantiations share.</summary>
    public static FieldInfo Definition(FieldInfo field) =>
        field.DeclaringType!.IsGenericType ? field.Module.ResolveField(field.MetadataToken)! : field;
}
