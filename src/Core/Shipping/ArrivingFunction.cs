namespace PathosHpc;

/// <summary>A function whose large arrays are still to come: all else of it is here, and each part of the arrays is put where it belongs as it comes.
/// So an array of many megabytes is in memory once, and nothing waits until its last byte has come to be copied.</summary>
internal sealed class ArrivingFunction
{
    private readonly GraphReader graph;
    private object? function;

    /// <param name="start">What comes ahead of the arrays.</param>
    /// <param name="following">Bytes of the arrays.</param>
    /// <inheritdoc cref="FunctionShipping.Decode"/>
    public ArrivingFunction(Payload start, long following)
    {
        PayloadReader reader = FunctionShipping.Open(start, following);
        graph = GraphReader.Rent(reader, carriesFunctions: true);
        Missing = graph.ReadGraph(ref function);
        if (function is null)
            throw new MalformedPayloadException("The function is missing.");
        if (reader.Remaining > 0 || Missing != following)
            throw new MalformedPayloadException($"The function's arrays have {Missing} bytes, but {reader.Remaining + following} are announced.");
    }

    /// <summary>Bytes that have not come yet.</summary>
    public long Missing { get; private set; }

    /// <summary>Takes the next bytes.</summary>
    /// <returns>The function, when these were the last; else null.</returns>
    /// <exception cref="MalformedPayloadException">They are more than are missing.</exception>
    public object? Take(Payload part)
    {
        graph.Fill(part);
        Missing -= part.Length;
        if (Missing > 0)
            return null;
        graph.Finish(typeof(object));
        return function;
    }
}
