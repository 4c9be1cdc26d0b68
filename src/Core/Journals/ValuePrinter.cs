using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace PathosHpc;

/// <summary>Writes values as text by their shape: a number or text as it is, a record or an array as JSON.</summary>
internal static class ValuePrinter
{
    /// <summary>The value that begins where <paramref name="reader"/> stands, or null when its shape is not wholly known.</summary>
    public static string? Print(PayloadReader reader, ValueShape shape)
    {
        if (shape.Kind == ShapeKind.Text)
            return reader.ReadString() ?? "";
        if (shape.Kind == ShapeKind.Scalar)
            return Scalar(reader, shape);
        var text = new StringBuilder();
        return Append(text, reader, shape) ? text.ToString() : null;
    }

    private static bool Append(StringBuilder text, PayloadReader reader, ValueShape shape)
    {
        switch (shape.Kind)
        {
            case ShapeKind.Scalar:
                text.Append(Json(Scalar(reader, shape), shape.Scalar!));
                return true;
            case ShapeKind.Text:
                text.Append(Quoted(reader.ReadString()));
                return true;
            case ShapeKind.RawRecord:
                return AppendRaw(text, reader, shape);
            case ShapeKind.Record:
                return AppendFields(text, reader, shape);
            case ShapeKind.Reference or ShapeKind.Array:
                int tag = reader.ReadByte() & ~Tag.Tree;
                if (tag == Tag.Null)
                    text.Append("null");
                return tag == Tag.Null || (tag == Tag.Declared && (shape.Kind == ShapeKind.Array ? AppendArray(text, reader, shape.Fields[0].Shape) : AppendFields(text, reader, shape)));
            default:
                return false;
        }
    }

    private static bool AppendArray(StringBuilder text, PayloadReader reader, ValueShape element)
    {
        text.Append('[');
        for (long count = reader.ReadCount(Math.Max(element.Size, 1)), i = 0; i < count; i++)
        {
            text.Append(i == 0 ? "" : ",");
            if (!Append(text, reader, element))
                return false;
        }
        text.Append(']');
        return true;
    }

    private static bool AppendFields(StringBuilder text, PayloadReader reader, ValueShape shape)
    {
        text.Append('{');
        for (int i = 0; i < shape.Fields.Count; i++)
        {
            text.Append(i == 0 ? "" : ",").Append(Quoted(shape.Fields[i].Name)).Append(':');
            if (!Append(text, reader, shape.Fields[i].Shape))
                return false;
        }
        text.Append('}');
        return true;
    }

    private static bool AppendRaw(StringBuilder text, PayloadReader reader, ValueShape shape)
    {
        Payload bytes = reader.ReadPayload(shape.Size);
        if (shape.Name.StartsWith("System.Nullable<", StringComparison.Ordinal))
        {
            (_, int at, ValueShape value) = shape.Fields[1];
            if (bytes.ToArray()[shape.Fields[0].Offset] != 0)
                return Append(text, new PayloadReader(bytes.Slice(at, value.Size)), value);
            text.Append("null");
            return true;
        }
        text.Append('{');
        for (int i = 0; i < shape.Fields.Count; i++)
        {
            (string name, int offset, ValueShape field) = shape.Fields[i];
            text.Append(i == 0 ? "" : ",").Append(Quoted(name)).Append(':');
            if (field.Size == 0 || !Append(text, new PayloadReader(bytes.Slice(offset, field.Size)), field))
                return false;
        }
        text.Append('}');
        return true;
    }

    private static string Scalar(PayloadReader reader, ValueShape shape)
    {
        byte[] bytes = reader.ReadPayload(shape.Size).ToArray();
        if (shape.Scalar == typeof(bool))
            return bytes[0] != 0 ? "true" : "false";
        if (shape.Scalar == typeof(char))
            return ((char)BitConverter.ToUInt16(bytes)).ToString();
        object value = RuntimeHelpers.GetUninitializedObject(shape.Scalar!);
        bytes.CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.As<Box>(value).First, bytes.Length));
        string? format = shape.Scalar == typeof(DateTime) || shape.Scalar == typeof(DateOnly) || shape.Scalar == typeof(TimeOnly) ? "O" : null;
        return ((IFormattable)value).ToString(format, CultureInfo.InvariantCulture);
    }

    /// <summary>What JSON has no number for is quoted.</summary>
    private static string Json(string scalar, Type type) =>
        type == typeof(bool) || (type != typeof(char) && scalar.Length > 0 && !scalar.Contains(':', StringComparison.Ordinal)
            && double.TryParse(scalar, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)) ? scalar : Quoted(scalar);

    private static string Quoted(string? text) => text is null ? "null" : $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";

    /// <summary>Reaches the memory of a boxed value.</summary>
    private sealed class Box
    {
        public byte First;
    }
}
