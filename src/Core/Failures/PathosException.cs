namespace PathosHpc;

/// <summary>Base of what PathosHpc throws of its own. Its message says what happened, with which value, and what to do.</summary>
public abstract class PathosException : Exception
{
    private protected PathosException(string message, Exception? inner = null) : base(message, inner) { }
}
