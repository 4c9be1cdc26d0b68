using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace PathosHpc;

// Collections that keep elements in an order and compare none of them.

internal sealed class ListCodec<T>(Type exact) : CollectionCodec<List<T>, T>(exact)
{
    protected override List<T> Make(object? comparer) => [];
    protected override T[] Snapshot(List<T> collection) => [.. collection];

    protected override void Fill(List<T> collection, T[] elements) => collection.AddRange(elements);

    protected override void WriteElements(GraphWriter writer, List<T> collection) =>
        Elements<T>.WriteCounted(writer, CollectionsMarshal.AsSpan(collection));

    protected override void ReadElements(GraphReader reader, List<T> collection)
    {
        long count = reader.In.ReadCount(Elements<T>.MinimumSize);
        CollectionsMarshal.SetCount(collection, checked((int)count));
        // The list may be reached, but not changed, by what its elements refer to: nothing but this codec runs until the graph is read.
        Elements<T>.Read(reader, CollectionsMarshal.AsSpan(collection));
    }
}

internal sealed class QueueCodec<T>(Type exact) : CollectionCodec<Queue<T>, T>(exact)
{
    protected override Queue<T> Make(object? comparer) => new();
    protected override T[] Snapshot(Queue<T> collection) => collection.ToArray();

    protected override void Fill(Queue<T> collection, T[] elements)
    {
        collection.EnsureCapacity(elements.Length);
        foreach (T element in elements)
            collection.Enqueue(element);
    }
}

/// <summary>The element on top comes last.</summary>
internal sealed class StackCodec<T>(Type exact) : CollectionCodec<Stack<T>, T>(exact)
{
    protected override Stack<T> Make(object? comparer) => new();
    protected override T[] Snapshot(Stack<T> collection) => [.. collection.Reverse()];

    protected override void Fill(Stack<T> collection, T[] elements)
    {
        collection.EnsureCapacity(elements.Length);
        foreach (T element in elements)
            collection.Push(element);
    }
}

internal sealed class LinkedListCodec<T>(Type exact) : CollectionCodec<LinkedList<T>, T>(exact)
{
    protected override LinkedList<T> Make(object? comparer) => new();
    protected override T[] Snapshot(LinkedList<T> collection) => [.. collection];

    protected override void Fill(LinkedList<T> collection, T[] elements)
    {
        foreach (T element in elements)
            collection.AddLast(element);
    }
}

internal sealed class ConcurrentQueueCodec<T>(Type exact) : CollectionCodec<ConcurrentQueue<T>, T>(exact)
{
    protected override ConcurrentQueue<T> Make(object? comparer) => new();
    protected override T[] Snapshot(ConcurrentQueue<T> collection) => collection.ToArray();

    protected override void Fill(ConcurrentQueue<T> collection, T[] elements)
    {
        foreach (T element in elements)
            collection.Enqueue(element);
    }
}

/// <summary>The element on top comes last.</summary>
internal sealed class ConcurrentStackCodec<T>(Type exact) : CollectionCodec<ConcurrentStack<T>, T>(exact)
{
    protected override ConcurrentStack<T> Make(object? comparer) => new();
    protected override T[] Snapshot(ConcurrentStack<T> collection) => [.. collection.ToArray().AsEnumerable().Reverse()];
    protected override void Fill(ConcurrentStack<T> collection, T[] elements) => collection.PushRange(elements);
}

internal sealed class ConcurrentBagCodec<T>(Type exact) : CollectionCodec<ConcurrentBag<T>, T>(exact)
{
    protected override ConcurrentBag<T> Make(object? comparer) => [];
    protected override T[] Snapshot(ConcurrentBag<T> collection) => collection.ToArray();

    protected override void Fill(ConcurrentBag<T> collection, T[] elements)
    {
        foreach (T element in elements.Reverse())
            collection.Add(element);
    }
}
