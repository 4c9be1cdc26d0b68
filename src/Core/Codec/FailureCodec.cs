namespace PathosHpc;

/// <summary>Exceptions on their way from a rank to the client: as text that always arrives, and as the object where that can travel.</summary>
internal static class FailureCodec
{
    /// <summary>Characters of a text that are kept; the stack trace of a stack overflow's neighbour is longer than anyone reads.</summary>
    private const int MaxText = 1 << 18;
    private const int MaxGraph = 1 << 24;
    private const int MaxCauses = 16;

    /// <summary>Writes <paramref name="exception"/>; never throws, whatever its members do.</summary>
    public static void Write(PayloadWriter writer, Exception exception)
    {
        string type = TypeText.Of(exception.GetType());
        string message = Try(() => exception.Message) ?? "The exception's message could not be read.";
        writer.WriteString(type);
        writer.WriteString(message);
        writer.WriteString(Try(exception.ToString) ?? $"{type}: {message}");
        Payload graph = Encode(exception);
        writer.WriteVarUInt((ulong)graph.Length);
        writer.WriteBytes(graph);
    }

    /// <summary>Reads what <see cref="Write"/> wrote. An object that cannot be rebuilt here becomes a <see cref="RemoteException"/>.</summary>
    /// <exception cref="MalformedPayloadException">The bytes are damaged.</exception>
    public static RemoteFailure Read(PayloadReader reader)
    {
        string type = reader.ReadString() ?? throw new MalformedPayloadException("A failure has no type.");
        string message = reader.ReadString() ?? "";
        string text = reader.ReadString() ?? "";
        Payload graph = reader.ReadPayload(reader.ReadCount(1));
        return new RemoteFailure(type, message, text, Decode(graph) ?? new RemoteException(type, message, text));
    }

    /// <summary>The exception as a graph; where one of its causes cannot travel, that and what it caused as <see cref="RemoteException"/>s;
    /// empty where not even that can be.</summary>
    private static Payload Encode(Exception exception) =>
        TryEncode(exception) ?? (Try(() => exception.InnerException?.Message) is null ? null : TryEncode(AsRemote(exception, MaxCauses))) ?? Payload.Empty;

    private static Payload? TryEncode(Exception exception)
    {
        var output = new PayloadWriter();
        try
        {
            Graph.Write(output, ref exception, "exception");
            return output.Length <= MaxGraph ? output.Detach() : null;
        }
        catch (Exception)
        {
            return null;
        }
    }

    private static RemoteException AsRemote(Exception exception, int causes)
    {
        Exception? inner = exception.InnerException;
        if (inner is not null && (causes == 0 || TryEncode(inner) is null))
            inner = causes == 0 ? null : AsRemote(inner, causes - 1);
        return new RemoteException(TypeText.Of(exception.GetType()), Try(() => exception.Message) ?? "", Try(() => exception.StackTrace), inner);
    }

    private static Exception? Decode(Payload graph)
    {
        if (graph.Length == 0)
            return null;
        try
        {
            return Graph.Read<Exception?>(new PayloadReader(graph));
        }
        catch (PathosException)
        {
            return null;
        }
    }

    private static string? Try(Func<string?> text)
    {
        try
        {
            return text() is { } found ? found.Length <= MaxText ? found : string.Concat(found.AsSpan(0, MaxText), " ... (cut)") : null;
        }
        catch (Exception)
        {
            return null;
        }
    }
}
