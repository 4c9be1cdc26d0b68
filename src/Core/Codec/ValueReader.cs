using System.Runtime.CompilerServices;

namespace PathosHpc;

/// <summary>Reads values one after the other, as <see cref="ItemCodec{T}.Read"/> does each, with what reading a graph takes made once.</summary>
internal sealed class ValueReader<T>(PayloadReader input)
{
    // The code of this class is shared by all classes T, to which their slot takes a look-up.
    private readonly ReferenceSlot? reference = Slot<T>.Reference;
    private readonly Type type = typeof(T);
    private GraphReader? graph;

    /// <summary>Reads the next value.</summary>
    /// <inheritdoc cref="ItemCodec{T}.Read" path="/exception"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Read()
    {
        if (reference is null)
            return ItemCodec<T>.Read(input);
        object? value = (graph ?? Begin()).ReadRoot(reference, type);
        return Unsafe.As<object?, T>(ref value);
    }

    /// <summary>Lets go of what it has made; the next value has it made again.</summary>
    public void Release()
    {
        graph?.Return();
        graph = null;
    }

    private GraphReader Begin() => graph = GraphReader.Rent(input);
}
