using System.Collections;
using System.Collections.Concurrent;

namespace PathosHpc;

// Collections of keys and values. TCollection is the dictionary, TComparer what its constructor takes.

internal abstract class DictionaryCodecBase<TCollection, TKey, TValue>(Type exact)
    : CollectionCodec<TCollection, KeyValuePair<TKey, TValue>>(exact)
    where TCollection : class, IDictionary<TKey, TValue>
    where TKey : notnull
{
    protected override Type? ComparerType => typeof(IEqualityComparer<TKey>);
    protected override bool ComparesDeeply => Comparison.IsDeep<TKey>();

    protected override KeyValuePair<TKey, TValue>[] Snapshot(TCollection collection)
    {
        var pairs = new KeyValuePair<TKey, TValue>[collection.Count];
        collection.CopyTo(pairs, 0);
        return pairs;
    }

    protected override void CheckKeys(KeyValuePair<TKey, TValue>[] elements, object? comparer) =>
        Array.ForEach(elements, pair => StructuralKeys<TKey>.Check(pair.Key, comparer));

    protected override void Fill(TCollection collection, KeyValuePair<TKey, TValue>[] elements)
    {
        foreach (KeyValuePair<TKey, TValue> pair in elements)
            collection.Add(pair);
    }
}

internal sealed class DictionaryCodec<TKey, TValue>(Type exact) : DictionaryCodecBase<Dictionary<TKey, TValue>, TKey, TValue>(exact)
    where TKey : notnull
{
    protected override object Comparer(Dictionary<TKey, TValue> collection) => collection.Comparer;
    protected override Dictionary<TKey, TValue> Make(object? comparer) => new((IEqualityComparer<TKey>?)comparer);

    protected override void Fill(Dictionary<TKey, TValue> collection, KeyValuePair<TKey, TValue>[] elements)
    {
        collection.EnsureCapacity(elements.Length);
        foreach (KeyValuePair<TKey, TValue> pair in elements)
            collection.Add(pair.Key, pair.Value);
    }
}

internal sealed class OrderedDictionaryCodec<TKey, TValue>(Type exact)
    : DictionaryCodecBase<OrderedDictionary<TKey, TValue>, TKey, TValue>(exact)
    where TKey : notnull
{
    protected override object Comparer(OrderedDictionary<TKey, TValue> collection) => collection.Comparer;
    protected override OrderedDictionary<TKey, TValue> Make(object? comparer) => new((IEqualityComparer<TKey>?)comparer);
}

internal sealed class ConcurrentDictionaryCodec<TKey, TValue>(Type exact)
    : DictionaryCodecBase<ConcurrentDictionary<TKey, TValue>, TKey, TValue>(exact)
    where TKey : notnull
{
    protected override object Comparer(ConcurrentDictionary<TKey, TValue> collection) => collection.Comparer;
    protected override ConcurrentDictionary<TKey, TValue> Make(object? comparer) => new((IEqualityComparer<TKey>?)comparer);
    protected override KeyValuePair<TKey, TValue>[] Snapshot(ConcurrentDictionary<TKey, TValue> collection) => collection.ToArray();
}

internal sealed class SortedDictionaryCodec<TKey, TValue>(Type exact)
    : DictionaryCodecBase<SortedDictionary<TKey, TValue>, TKey, TValue>(exact)
    where TKey : notnull
{
    protected override Type? ComparerType => typeof(IComparer<TKey>);
    protected override bool ComparesDeeply => true;
    protected override object Comparer(SortedDictionary<TKey, TValue> collection) => collection.Comparer;
    protected override SortedDictionary<TKey, TValue> Make(object? comparer) => new((IComparer<TKey>?)comparer);
}

internal sealed class SortedListCodec<TKey, TValue>(Type exact) : DictionaryCodecBase<SortedList<TKey, TValue>, TKey, TValue>(exact)
    where TKey : notnull
{
    protected override Type? ComparerType => typeof(IComparer<TKey>);
    protected override bool ComparesDeeply => true;
    protected override object Comparer(SortedList<TKey, TValue> collection) => collection.Comparer;
    protected override SortedList<TKey, TValue> Make(object? comparer) => new((IComparer<TKey>?)comparer);
}

/// <summary>The untyped dictionary of old. Its comparer is kept where it was given as an <see cref="IEqualityComparer"/>.</summary>
internal sealed class HashtableCodec(Type exact) : CollectionCodec<Hashtable, DictionaryEntry>(exact)
{
    protected override Type ComparerType => typeof(IEqualityComparer);
    protected override bool ComparesDeeply => true;
    protected override object? Comparer(Hashtable collection) => ComparerOf(collection);
    protected override void CheckKeys(DictionaryEntry[] elements, object? comparer) =>
        Array.ForEach(elements, entry => StructuralKeys<object>.Check(entry.Key, comparer));
    protected override Hashtable Make(object? comparer) => new((IEqualityComparer?)comparer);

    protected override DictionaryEntry[] Snapshot(Hashtable collection)
    {
        var entries = new DictionaryEntry[collection.Count];
        collection.CopyTo(entries, 0);
        return entries;
    }

    protected override void Fill(Hashtable collection, DictionaryEntry[] elements)
    {
        foreach (DictionaryEntry entry in elements)
            collection.Add(entry.Key, entry.Value);
    }

    private static IEqualityComparer? ComparerOf(Hashtable table) =>
        (IEqualityComparer?)typeof(Hashtable).GetField("_keycomparer", System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic)?.GetValue(table);
}
