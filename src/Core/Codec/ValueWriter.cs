namespace PathosHpc;

/// <summary>Writes values one after the other, as <see cref="ItemCodec{T}.Write"/> does each, with what writing a graph takes made once.</summary>
/// <param name="output">Where to.</param>
/// <param name="role">What a value is called in the path of an error.</param>
/// <param name="arrays">Gets the memory of large arrays, to be sent behind what was written; null to have it copied.</param>
internal sealed class ValueWriter<T>(PayloadWriter output, string role, List<ReadOnlyMemory<byte>>? arrays)
{
    // The code of this class is shared by all classes T, to which their slot takes a look-up.
    private readonly ReferenceSlot? reference = Slot<T>.Reference;
    private GraphWriter? graph;

    /// <summary>Writes the next value. When it throws, the output is as it was before.</summary>
    /// <inheritdoc cref="ItemCodec{T}.Write" path="/exception"/>
    public void Write(T value)
    {
        if (reference is null)
        {
            ItemCodec<T>.Write(output, value, role, arrays);
            return;
        }
        long before = output.Length;
        try
        {
            (graph ?? Begin()).WriteRoot(reference, value);
        }
        catch (Exception exception)
        {
            output.Rewind(before);
            if (exception is PathosException)
                throw;
            throw Graph.Explain(value, exception, role, carriesFunctions: false);
        }
    }

    /// <summary>Lets go of what it has made; the next value has it made again.</summary>
    public void Release()
    {
        graph?.Return();
        graph = null;
    }

    private GraphWriter Begin() => graph = GraphWriter.Rent(output, arrays: arrays);
}
