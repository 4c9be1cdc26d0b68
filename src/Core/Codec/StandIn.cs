using System.Runtime.CompilerServices;
namespace PathosHpc;
internal static class ItemCodec<T> {
    public static int Stride { get; } = RuntimeHelpers.IsReferenceOrContainsReferences<T>() ? 0 : Unsafe.SizeOf<T>();
    public static void Write(PayloadWriter writer, T value) { if (Stride > 0) writer.WriteBytes(RawValues.Bytes(new ReadOnlySpan<T>(in value))); else if (value is string s) writer.WriteString(s); else throw new NotSupportedException(); }
    public static T Read(PayloadReader reader) { if (Stride > 0) { T v = default!; reader.ReadBytes(RawValues.Bytes(new Span<T>(ref v))); return v; } return (T)(object)reader.ReadString()!; }
}
internal static class FunctionShipping {
    public static ShippedFunction Encode(object function, bool strict) => throw new NotSupportedException();
    public static object Decode(Payload payload) => throw new NotSupportedException();
}
internal sealed record ShippedFunction(Payload Payload, IReadOnlyList<string> Warnings);
internal static class FailureCodec {
    public static void Write(PayloadWriter writer, Exception exception) => writer.WriteString(exception.ToString());
    public static RemoteFailure Read(PayloadReader reader) { string s = reader.ReadString()!; return new("?", s, s, new RemoteException("?", s, s)); }
}
internal sealed record RemoteFailure(string TypeName, string Message, string Text, Exception Exception);
