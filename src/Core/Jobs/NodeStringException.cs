namespace PathosHpc;

/// <summary>A node string such as <c>4:ppn=2:cpp=8</c> cannot be read; <see cref="Position"/> says where.</summary>
public sealed class NodeStringException : PathosException
{
    internal NodeStringException(string text, int position, string what)
        : base($"The node string \"{text}\" cannot be read at position {position}: {what} " +
               "Write NODES[:TYPE][:ppn=RANKS_PER_NODE][:cpp=CORES_PER_RANK][,NAME=VALUE...], such as 4:ppn=2:cpp=8.")
        => (Text, Position) = (text, position);

    /// <summary>The text as it was given.</summary>
    public string Text { get; }

    /// <summary>Index of the first character that is wrong, from 0; the length of the text when something is missing at its end.</summary>
    public int Position { get; }
}
