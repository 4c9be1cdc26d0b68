namespace PathosHpc;

/// <summary>Looks at each item as it is read, in order, before it is dealt. Used by the one thread that reads.</summary>
internal abstract class InputGate<T>
{
    /// <summary>Items below <paramref name="end"/> that need not be computed.</summary>
    public abstract long DoneBelow(long end);

    /// <summary>Whether the item need not be computed: its result is known, and goes to the map at the latest with <see cref="HandOver"/>.</summary>
    /// <exception cref="JournalException">The item is not what it was in the run that made its result.</exception>
    public abstract bool IsDone(long index, T item);

    /// <summary>Hands over the known results that were gathered.</summary>
    public abstract void HandOver();
}
