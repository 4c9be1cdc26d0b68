namespace PathosHpc;

/// <summary>Bytes from another process are not what this version writes: truncated, damaged or hostile.</summary>
public sealed class MalformedPayloadException : PathosException
{
    internal MalformedPayloadException(string message, Exception? inner = null) : base(message, inner) { }
}
