using System.Text;

namespace PathosHpc;

/// <summary>Writes bytes as UTF-8 text to a writer.</summary>
internal sealed class TextStream(TextWriter writer) : MemoryStream
{
    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        writer.Write(Encoding.UTF8.GetString(GetBuffer(), 0, (int)Length));
        return base.DisposeAsync();
    }
}
