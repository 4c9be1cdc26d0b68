namespace PathosHpc;

/// <summary>A queue whose code for a struct of ours is in our image: the runtime's own queue is compiled anew by every process that makes one of structs.</summary>
internal sealed class Fifo<T>
{
    private T[] entries = new T[8];
    private int first;

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    public void Enqueue(T entry)
    {
        if (Count == entries.Length)
            Grow();
        entries[(first + Count++) & (entries.Length - 1)] = entry;
    }

    /// <returns>False when there is none.</returns>
    public bool TryPeek(out T entry)
    {
        entry = Count > 0 ? entries[first] : default!;
        return Count > 0;
    }

    /// <returns>False when there is none.</returns>
    public bool TryDequeue(out T entry)
    {
        if (!TryPeek(out entry))
            return false;
        entries[first] = default!;
        first = (first + 1) & (entries.Length - 1);
        Count--;
        return true;
    }

    public void Clear()
    {
        while (TryDequeue(out _))
            continue;
    }

    private void Grow()
    {
        var larger = new T[2 * entries.Length];
        for (int i = 0; i < Count; i++)
            larger[i] = entries[(first + i) & (entries.Length - 1)];
        (entries, first) = (larger, 0);
    }
}
