using PathosHpc;

namespace PathosHpc.Tests;

/// <summary>Base of tests that run on both paths of the codec: derive an abstract class with the tests, and from it one for each path.</summary>
public abstract class CodecTest : IDisposable
{
    private protected CodecTest(CodecPath path) => CodecPaths.OfThread = path;

    public void Dispose()
    {
        CodecPaths.OfThread = CodecPath.Automatic;
        GC.SuppressFinalize(this);
    }

    /// <summary>There and back.</summary>
    protected static T Ship<T>(T value)
    {
        Payload payload = Encode(value);
        var reader = new PayloadReader(payload);
        T back = ItemCodec<T>.Read(reader);
        Assert.Equal(0, reader.Remaining);
        return back;
    }

    internal static Payload Encode<T>(T value)
    {
        var writer = new PayloadWriter();
        ItemCodec<T>.Write(writer, value);
        return writer.Detach();
    }

    internal static T Decode<T>(byte[] bytes) => ItemCodec<T>.Read(new PayloadReader(new Payload(bytes)));
}
