namespace PathosHpc;

/// <summary>Writes and reads whole graphs of objects.</summary>
internal static class Graph
{
    /// <summary>Writes the graph at <paramref name="value"/>. When it throws, the writer is as it was before.</summary>
    /// <param name="arrays">Gets the memory of large arrays, whose bytes belong behind the graph, in this order; null to have them within it.</param>
    /// <exception cref="CannotShipException">Something in it cannot travel; the path to it begins with <paramref name="role"/>.</exception>
    public static void Write<T>(PayloadWriter output, ref T value, string role, bool carriesFunctions = false, FunctionNotes? notes = null, bool namesBuilds = true, List<ReadOnlyMemory<byte>>? arrays = null)
    {
        long before = output.Length;
        GraphWriter writer = GraphWriter.Rent(output, carriesFunctions, null, notes, namesBuilds, arrays);
        try
        {
            writer.WriteRoot(ref value);
        }
        catch (Exception exception)
        {
            output.Rewind(before);
            if (exception is PathosException)
                throw;
            throw Explain(value, exception, role, carriesFunctions);
        }
        finally
        {
            writer.Return();
        }
    }

    /// <summary>Reads a graph that <see cref="Write"/> wrote.</summary>
    public static T Read<T>(PayloadReader input, bool carriesFunctions = false)
    {
        GraphReader reader = GraphReader.Rent(input, carriesFunctions);
        try
        {
            T value = default!;
            reader.ReadRoot(ref value);
            return value;
        }
        finally
        {
            reader.Return();
        }
    }

    /// <summary>Writes the graph once more, to nowhere, keeping track of the place.</summary>
    public static void Walk<T>(T value, MemberPath path, bool carriesFunctions)
    {
        GraphWriter writer = GraphWriter.Rent(new PayloadWriter(), carriesFunctions, path);
        try
        {
            writer.WriteRoot(ref value);
        }
        finally
        {
            writer.Return();
        }
    }

    /// <summary>Says what could not be shipped, by writing it once more.</summary>
    public static CannotShipException Explain<T>(T value, Exception first, string role, bool carriesFunctions)
    {
        var path = new MemberPath(role);
        Exception found = first;
        try
        {
            Walk(value, path, carriesFunctions);
        }
        catch (Exception second)
        {
            found = second;
        }
        string text = path.ToString();
        if (found is RefusalException refusal)
            return refusal.At(text);
        string remedy = found is FileNotFoundException or FileLoadException or BadImageFormatException or TypeLoadException
            ? "Put that assembly, in the version that was built against, beside the program." : "Do not change what is mapped while the map runs.";
        return new CannotShipException($"{text}: it could not be read while it was being shipped: {found.Message.TrimEnd()} {remedy}", text, null, found);
    }
}
