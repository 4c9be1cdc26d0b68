using System.Runtime.CompilerServices;

namespace PathosHpc;

/// <summary>Items and results as bytes. Each value is one graph: identity of objects is kept within it, never
/// between values; that of strings and of boxed values is not.</summary>
internal static class ItemCodec<T>
{
    /// <summary>Bytes of every value when values travel as their memory, little endian; 0 when they vary in size.</summary>
    public static int Stride { get; } = Slot<T>.Raw ? Unsafe.SizeOf<T>() : 0;

    /// <summary>Writes one value. When it throws, the writer is as it was before.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="value">What.</param>
    /// <param name="role">What the value is called in the path of an error.</param>
    /// <param name="arrays">Gets the memory of large arrays, to be sent behind what was written; null to have it copied.</param>
    /// <exception cref="CannotShipException">It holds something that cannot travel.</exception>
    public static void Write(PayloadWriter writer, T value, string role = "item", List<ReadOnlyMemory<byte>>? arrays = null)
    {
        if (Slot<T>.Raw)
            writer.WriteRaw(ref value);
        else if (typeof(T) == typeof(string))
            writer.WriteString(Unsafe.As<T, string?>(ref value));
        else
            Graph.Write(writer, ref value, role, arrays: arrays);
    }

    /// <summary>Reads one value.</summary>
    /// <exception cref="MalformedPayloadException">The bytes are not what <see cref="Write"/> writes.</exception>
    /// <exception cref="StaleBuildException">They name a type of another build.</exception>
    public static T Read(PayloadReader reader)
    {
        if (Slot<T>.Raw)
            return reader.ReadRaw<T>();
        if (typeof(T) != typeof(string))
            return Graph.Read<T>(reader);
        string? text = reader.ReadString();
        return Unsafe.As<string?, T>(ref text);
    }
}
