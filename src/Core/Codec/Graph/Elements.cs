using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PathosHpc;

/// <summary>Runs of elements: memory in one piece where the type allows it, else one by one.</summary>
internal static class Elements<T>
{
    /// <summary>Bytes that are copied without further ado.</summary>
    private const int Small = 1 << 12;

    /// <summary>Bytes that one element takes at least.</summary>
    public static int MinimumSize => Slot<T>.Raw ? Unsafe.SizeOf<T>() : 1;

    public static void Write(GraphWriter writer, ReadOnlySpan<T> elements)
    {
        if (Slot<T>.Raw)
            WriteRaw(writer.Out, elements);
        else if (writer.Path is { } path)
            WriteTracked(writer, elements, path);
        else
            WriteEach(writer, elements);
    }

    public static void Read(GraphReader reader, Span<T> elements)
    {
        if (Slot<T>.Raw)
        {
            ReadRaw(reader.In, elements);
            return;
        }
        if (Slot<T>.Reference is { } reference)
        {
            reference.ReadEach(reader, MemoryMarshal.CreateSpan(ref Unsafe.As<T, object?>(ref MemoryMarshal.GetReference(elements)), elements.Length));
            return;
        }
        foreach (ref T element in elements)
            Slot<T>.Read(reader, ref element);
    }

    /// <summary>A count, checked against the bytes that are left, and that many new elements.</summary>
    public static T[] ReadCounted(GraphReader reader)
    {
        T[] elements = Allocate(reader.In.ReadCount(MinimumSize));
        Read(reader, elements);
        return elements;
    }

    public static void WriteCounted(GraphWriter writer, ReadOnlySpan<T> elements)
    {
        writer.Out.WriteVarUInt((ulong)elements.Length);
        Write(writer, elements);
    }

    public static T[] Allocate(long count)
    {
        if (count > Array.MaxLength)
            throw new MalformedPayloadException($"{count} elements are more than an array holds.");
        return count == 0 ? [] : Slot<T>.Raw ? LargeArrays.Allocate<T>((int)count) : new T[count];
    }

    private static void WriteEach(GraphWriter writer, ReadOnlySpan<T> elements)
    {
        if (Slot<T>.Reference is { } reference)
        {
            writer.Expect(elements.Length);
            foreach (T element in elements)
                reference.Write(writer, element);
            return;
        }
        foreach (ref readonly T element in elements)
            Slot<T>.Write(writer, ref Unsafe.AsRef(in element));
    }

    private static void WriteTracked(GraphWriter writer, ReadOnlySpan<T> elements, MemberPath path)
    {
        for (int i = 0; i < elements.Length; i++)
        {
            path.Element(i);
            Slot<T>.Write(writer, ref Unsafe.AsRef(in elements[i]));
            path.Back();
        }
    }

    private static void WriteRaw(PayloadWriter output, ReadOnlySpan<T> elements)
    {
        if (elements.Length <= Small / Unsafe.SizeOf<T>())
        {
            ReadOnlySpan<byte> bytes = Bytes(elements);
            bytes.CopyTo(output.Reserve(bytes.Length));
            return;
        }
        int piece = Math.Max(1, Payload.MaxSegment / Unsafe.SizeOf<T>());
        output.EnsureRoom((long)elements.Length * Unsafe.SizeOf<T>());
        for (; !elements.IsEmpty; elements = elements[Math.Min(piece, elements.Length)..])
            output.WriteBytes(Bytes(elements[..Math.Min(piece, elements.Length)]));
    }

    private static void ReadRaw(PayloadReader input, Span<T> elements)
    {
        if (elements.Length <= Small / Unsafe.SizeOf<T>())
        {
            input.ReadBytes(MemoryMarshal.CreateSpan(ref Unsafe.As<T, byte>(ref MemoryMarshal.GetReference(elements)), elements.Length * Unsafe.SizeOf<T>()));
            return;
        }
        int piece = Math.Max(1, Payload.MaxSegment / Unsafe.SizeOf<T>());
        for (; !elements.IsEmpty; elements = elements[Math.Min(piece, elements.Length)..])
        {
            ReadOnlySpan<byte> bytes = Bytes(elements[..Math.Min(piece, elements.Length)]);
            input.ReadBytes(MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(bytes), bytes.Length));
        }
    }

    private static ReadOnlySpan<byte> Bytes(ReadOnlySpan<T> elements) =>
        MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<T, byte>(ref MemoryMarshal.GetReference(elements)), elements.Length * Unsafe.SizeOf<T>());
}
