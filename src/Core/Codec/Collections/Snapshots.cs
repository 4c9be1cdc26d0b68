using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace PathosHpc;

/// <summary>A collection that cannot be changed once it is made: it exists only when all its elements do.</summary>
internal abstract class SnapshotCodec<TCollection, TElement>() : WholeCodec(encloses: true) where TCollection : class
{
    /// <summary>Comparers, in the order in which <see cref="Make"/> takes them.</summary>
    protected virtual object?[] Comparers(TCollection collection) => [];

    protected virtual int ComparerCount => 0;

    protected abstract TElement[] Snapshot(TCollection collection);

    /// <summary>Throws for elements that must not be compared; see <see cref="StructuralKeys{T}"/>.</summary>
    protected virtual void CheckKeys(TElement[] elements, object? comparer) { }

    protected abstract TCollection Make(object?[] comparers, TElement[] elements);

    public override void WriteHead(GraphWriter writer, object value)
    {
        var collection = Unsafe.As<TCollection>(value);
        bool whole = ComparerCount > 0;
        writer.WholeZone += whole ? 1 : 0;
        foreach (object? comparer in Comparers(collection))
        {
            object? written = comparer;
            Slot<object?>.Write(writer, ref written);
        }
        Elements<TElement>.WriteCounted(writer, Snapshot(collection));
        writer.WholeZone -= whole ? 1 : 0;
    }

    public override object ReadHead(GraphReader reader)
    {
        var comparers = new object?[ComparerCount];
        foreach (ref object? comparer in comparers.AsSpan())
            Slot<object?>.Read(reader, ref comparer);
        TElement[] elements = Elements<TElement>.ReadCounted(reader);
        if (ComparerCount > 0)
            CheckKeys(elements, comparers[0]);
        return Make(comparers, elements);
    }
}

internal sealed class ImmutableListCodec<T> : SnapshotCodec<ImmutableList<T>, T>
{
    protected override T[] Snapshot(ImmutableList<T> collection) => [.. collection];
    protected override ImmutableList<T> Make(object?[] comparers, T[] elements) => [.. elements];
}

internal sealed class ImmutableQueueCodec<T> : SnapshotCodec<ImmutableQueue<T>, T>
{
    protected override T[] Snapshot(ImmutableQueue<T> collection) => [.. collection];
    protected override ImmutableQueue<T> Make(object?[] comparers, T[] elements) => [.. elements];
}

internal sealed class ImmutableStackCodec<T> : SnapshotCodec<ImmutableStack<T>, T>
{
    protected override T[] Snapshot(ImmutableStack<T> collection) => [.. collection.Reverse()];
    protected override ImmutableStack<T> Make(object?[] comparers, T[] elements) => ImmutableStack.CreateRange(elements);
}

internal sealed class ImmutableHashSetCodec<T> : SnapshotCodec<ImmutableHashSet<T>, T>
{
    protected override int ComparerCount => 1;
    protected override object?[] Comparers(ImmutableHashSet<T> collection) => [collection.KeyComparer];
    protected override T[] Snapshot(ImmutableHashSet<T> collection) => [.. collection];
    protected override void CheckKeys(T[] elements, object? comparer) =>
        Array.ForEach(elements, key => StructuralKeys<T>.Check(key, comparer));
    protected override ImmutableHashSet<T> Make(object?[] comparers, T[] elements) =>
        ImmutableHashSet.CreateRange((IEqualityComparer<T>?)comparers[0], elements);
}

internal sealed class ImmutableSortedSetCodec<T> : SnapshotCodec<ImmutableSortedSet<T>, T>
{
    protected override int ComparerCount => 1;
    protected override object?[] Comparers(ImmutableSortedSet<T> collection) => [collection.KeyComparer];
    protected override T[] Snapshot(ImmutableSortedSet<T> collection) => [.. collection];
    protected override void CheckKeys(T[] elements, object? comparer) =>
        Array.ForEach(elements, key => StructuralKeys<T>.Check(key, comparer));
    protected override ImmutableSortedSet<T> Make(object?[] comparers, T[] elements) =>
        ImmutableSortedSet.CreateRange((IComparer<T>?)comparers[0], elements);
}

internal sealed class ImmutableDictionaryCodec<TKey, TValue> : SnapshotCodec<ImmutableDictionary<TKey, TValue>, KeyValuePair<TKey, TValue>>
    where TKey : notnull
{
    protected override int ComparerCount => 2;
    protected override object?[] Comparers(ImmutableDictionary<TKey, TValue> collection) =>
        [collection.KeyComparer, collection.ValueComparer];
    protected override KeyValuePair<TKey, TValue>[] Snapshot(ImmutableDictionary<TKey, TValue> collection) => [.. collection];

    protected override void CheckKeys(KeyValuePair<TKey, TValue>[] elements, object? comparer) =>
        Array.ForEach(elements, pair => StructuralKeys<TKey>.Check(pair.Key, comparer));
    protected override ImmutableDictionary<TKey, TValue> Make(object?[] comparers, KeyValuePair<TKey, TValue>[] elements) =>
        ImmutableDictionary.CreateRange((IEqualityComparer<TKey>?)comparers[0], (IEqualityComparer<TValue>?)comparers[1], elements);
}

internal sealed class ImmutableSortedDictionaryCodec<TKey, TValue>
    : SnapshotCodec<ImmutableSortedDictionary<TKey, TValue>, KeyValuePair<TKey, TValue>>
    where TKey : notnull
{
    protected override int ComparerCount => 2;
    protected override object?[] Comparers(ImmutableSortedDictionary<TKey, TValue> collection) =>
        [collection.KeyComparer, collection.ValueComparer];
    protected override KeyValuePair<TKey, TValue>[] Snapshot(ImmutableSortedDictionary<TKey, TValue> collection) => [.. collection];

    protected override void CheckKeys(KeyValuePair<TKey, TValue>[] elements, object? comparer) =>
        Array.ForEach(elements, pair => StructuralKeys<TKey>.Check(pair.Key, comparer));
    protected override ImmutableSortedDictionary<TKey, TValue> Make(object?[] comparers, KeyValuePair<TKey, TValue>[] elements) =>
        ImmutableSortedDictionary.CreateRange((IComparer<TKey>?)comparers[0], (IEqualityComparer<TValue>?)comparers[1], elements);
}

internal sealed class FrozenSetCodec<T> : SnapshotCodec<FrozenSet<T>, T>
{
    protected override int ComparerCount => 1;
    protected override object?[] Comparers(FrozenSet<T> collection) => [collection.Comparer];
    protected override T[] Snapshot(FrozenSet<T> collection) => [.. collection];
    protected override void CheckKeys(T[] elements, object? comparer) =>
        Array.ForEach(elements, key => StructuralKeys<T>.Check(key, comparer));
    protected override FrozenSet<T> Make(object?[] comparers, T[] elements) => elements.ToFrozenSet((IEqualityComparer<T>?)comparers[0]);
}

internal sealed class FrozenDictionaryCodec<TKey, TValue> : SnapshotCodec<FrozenDictionary<TKey, TValue>, KeyValuePair<TKey, TValue>>
    where TKey : notnull
{
    protected override int ComparerCount => 1;
    protected override object?[] Comparers(FrozenDictionary<TKey, TValue> collection) => [collection.Comparer];
    protected override KeyValuePair<TKey, TValue>[] Snapshot(FrozenDictionary<TKey, TValue> collection) => [.. collection];

    protected override void CheckKeys(KeyValuePair<TKey, TValue>[] elements, object? comparer) =>
        Array.ForEach(elements, pair => StructuralKeys<TKey>.Check(pair.Key, comparer));
    protected override FrozenDictionary<TKey, TValue> Make(object?[] comparers, KeyValuePair<TKey, TValue>[] elements) =>
        elements.ToFrozenDictionary((IEqualityComparer<TKey>?)comparers[0]);
}

/// <summary>What <c>ToLookup</c> makes: groups in their order, each a key and its elements.</summary>
internal sealed class LookupCodec<TKey, TElement> : SnapshotCodec<Lookup<TKey, TElement>, KeyValuePair<TKey, TElement>>
{
    protected override int ComparerCount => 1;

    protected override object?[] Comparers(Lookup<TKey, TElement> collection) =>
        [typeof(Lookup<TKey, TElement>).GetField("_comparer", System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic)?.GetValue(collection)];

    protected override KeyValuePair<TKey, TElement>[] Snapshot(Lookup<TKey, TElement> collection) =>
        [.. collection.SelectMany(group => group, (group, element) => KeyValuePair.Create(group.Key, element))];

    protected override void CheckKeys(KeyValuePair<TKey, TElement>[] elements, object? comparer) =>
        Array.ForEach(elements, pair => StructuralKeys<TKey>.Check(pair.Key, comparer));
    protected override Lookup<TKey, TElement> Make(object?[] comparers, KeyValuePair<TKey, TElement>[] elements) =>
        (Lookup<TKey, TElement>)elements.ToLookup(pair => pair.Key, pair => pair.Value, (IEqualityComparer<TKey>?)comparers[0]);
}
