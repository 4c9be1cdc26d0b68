namespace PathosHpc;

// Collections that compare their elements.

internal sealed class HashSetCodec<T>(Type exact) : CollectionCodec<HashSet<T>, T>(exact)
{
    protected override Type ComparerType => typeof(IEqualityComparer<T>);
    protected override bool ComparesDeeply => Comparison.IsDeep<T>();
    protected override object Comparer(HashSet<T> collection) => collection.Comparer;
    protected override void CheckKeys(T[] elements, object? comparer) =>
        Array.ForEach(elements, key => StructuralKeys<T>.Check(key, comparer));
    protected override HashSet<T> Make(object? comparer) => new((IEqualityComparer<T>?)comparer);
    protected override T[] Snapshot(HashSet<T> collection) => [.. collection];

    protected override void Fill(HashSet<T> collection, T[] elements)
    {
        collection.EnsureCapacity(elements.Length);
        foreach (T element in elements)
            collection.Add(element);
    }
}

internal sealed class SortedSetCodec<T>(Type exact) : CollectionCodec<SortedSet<T>, T>(exact)
{
    protected override Type ComparerType => typeof(IComparer<T>);
    protected override bool ComparesDeeply => true;
    protected override object Comparer(SortedSet<T> collection) => collection.Comparer;
    protected override void CheckKeys(T[] elements, object? comparer) =>
        Array.ForEach(elements, key => StructuralKeys<T>.Check(key, comparer));
    protected override SortedSet<T> Make(object? comparer) => new((IComparer<T>?)comparer);
    protected override T[] Snapshot(SortedSet<T> collection) => [.. collection];
    protected override void Fill(SortedSet<T> collection, T[] elements) => collection.UnionWith(elements);
}

/// <summary>Elements in the order of the heap, so that equal priorities leave it as they would have.</summary>
internal sealed class PriorityQueueCodec<T, TPriority>(Type exact) : CollectionCodec<PriorityQueue<T, TPriority>, (T, TPriority)>(exact)
{
    protected override Type ComparerType => typeof(IComparer<TPriority>);
    protected override bool ComparesDeeply => true;
    protected override object Comparer(PriorityQueue<T, TPriority> collection) => collection.Comparer;
    protected override void CheckKeys((T, TPriority)[] elements, object? comparer) =>
        Array.ForEach(elements, entry => StructuralKeys<TPriority>.Check(entry.Item2, comparer));
    protected override PriorityQueue<T, TPriority> Make(object? comparer) => new((IComparer<TPriority>?)comparer);
    protected override (T, TPriority)[] Snapshot(PriorityQueue<T, TPriority> collection) => [.. collection.UnorderedItems];

    protected override void Fill(PriorityQueue<T, TPriority> collection, (T, TPriority)[] elements)
    {
        foreach ((T element, TPriority priority) in elements)
            collection.Enqueue(element, priority);
    }
}
