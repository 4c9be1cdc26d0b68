namespace PathosHpc;

/// <summary>A link could not be opened or has broken.</summary>
internal sealed class LinkException(string message, Exception? inner = null) : Exception(message, inner);
