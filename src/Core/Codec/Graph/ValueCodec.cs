namespace PathosHpc;

/// <summary>Writes and reads values of a struct that cannot travel as its memory.</summary>
internal abstract class ValueCodec<T>
{
    public abstract void Write(GraphWriter writer, ref T value);

    public abstract void Read(GraphReader reader, ref T value);
}
