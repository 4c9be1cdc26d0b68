namespace PathosHpc;

/// <summary>Numbers types in the order of their first appearance in a graph.</summary>
internal sealed class TypeTable
{
    private const int Few = 12;
    private readonly List<Type> types = [];
    private Dictionary<Type, int>? index;

    public int Count => types.Count;

    /// <summary>The number of <paramref name="type"/> if it has one; else numbers it and gives -1.</summary>
    public int FindOrAdd(Type type)
    {
        if (index is not null && types.Count > Few)
        {
            if (index.TryGetValue(type, out int number))
                return number;
        }
        else
        {
            for (int i = 0; i < types.Count; i++)
            {
                if (ReferenceEquals(types[i], type))
                    return i;
            }
        }
        Add(type);
        return -1;
    }

    public void Clear()
    {
        types.Clear();
        index?.Clear();
    }

    private void Add(Type type)
    {
        types.Add(type);
        if (types.Count <= Few)
            return;
        index ??= [];
        if (types.Count == Few + 1)
        {
            index.Clear();
            for (int i = 0; i < types.Count; i++)
                index[types[i]] = i;
        }
        else
        {
            index[type] = types.Count - 1;
        }
    }
}
