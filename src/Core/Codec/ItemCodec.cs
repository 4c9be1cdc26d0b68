using System.Runtime.CompilerServices;
using System.Text.Json;

namespace PathosHpc;

/// <summary>Writes and reads one item.</summary>
internal static class ItemCodec<T>
{
    public static int Stride => RuntimeHelpers.IsReferenceOrContainsReferences<T>() ? 0 : Unsafe.SizeOf<T>();

    public static void Write(PayloadWriter writer, T value) => writer.WriteBytes(JsonSerializer.SerializeToUtf8Bytes(value));

    public static T Read(PayloadReader reader)
    {
        var bytes = new byte[checked((int)reader.Remaining)];
        reader.ReadBytes(bytes);
        return JsonSerializer.Deserialize<T>(bytes)!;
    }
}
