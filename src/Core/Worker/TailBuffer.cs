namespace PathosHpc;

/// <summary>The last lines that a process printed, for the message of the exception that it may become.</summary>
internal sealed class TailBuffer(int lines = 40)
{
    private readonly Queue<string> tail = new();

    public void Add(string line)
    {
        lock (tail)
        {
            tail.Enqueue(line);
            if (tail.Count > lines)
                tail.Dequeue();
        }
    }

    /// <summary>All lines kept, or an empty text.</summary>
    public override string ToString()
    {
        lock (tail)
            return string.Join(Environment.NewLine, tail);
    }

    /// <summary>The lines as the end of a sentence about whoever printed them.</summary>
    public string AsQuote()
    {
        string text = ToString().Trim();
        return text.Length == 0 ? " It printed nothing." : $" It printed:{Environment.NewLine}{text}{Environment.NewLine}";
    }
}
