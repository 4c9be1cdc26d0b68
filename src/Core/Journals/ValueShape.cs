namespace PathosHpc;

/// <summary>How values of a type lie in bytes, for programs that do not have the type: numbers, texts, arrays of them, and records of
/// all these. Whatever else is <see cref="ShapeKind.Unknown"/>, and only named.</summary>
internal sealed record ValueShape(ShapeKind Kind, string Name)
{
    private const int Deepest = 16;

    private static readonly Type[] Scalars =
    [
        typeof(bool), typeof(char), typeof(sbyte), typeof(byte), typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long), typeof(ulong),
        typeof(Half), typeof(float), typeof(double), typeof(decimal), typeof(Int128), typeof(UInt128), typeof(DateTime), typeof(TimeSpan),
        typeof(DateOnly), typeof(TimeOnly), typeof(Guid),
    ];

    /// <summary>Of a scalar: its type.</summary>
    public Type? Scalar { get; init; }

    /// <summary>Bytes of a value that lies as its memory; else 0.</summary>
    public int Size { get; init; }

    /// <summary>Fields of a record; the one field "" of an array is its element.</summary>
    public IReadOnlyList<(string Name, int Offset, ValueShape Shape)> Fields { get; init; } = [];

    public static ValueShape Of(Type type) => Of(type, []);

    private static ValueShape Of(Type type, Type[] within)
    {
        string name = TypeText.Of(type);
        if (Scalars.Contains(type))
            return new ValueShape(ShapeKind.Scalar, name) { Scalar = type, Size = ValueHoles.SizeOf(type) };
        if (type.IsEnum)
            return Of(type.GetEnumUnderlyingType(), within) with { Name = name };
        if (type == typeof(string))
            return new ValueShape(ShapeKind.Text, name);
        if (within.Length >= Deepest || within.Contains(type))
            return new ValueShape(ShapeKind.Unknown, name);
        Type[] inner = [.. within, type];
        if (type.IsSZArray)
            return new ValueShape(ShapeKind.Array, name) { Fields = [("", 0, Of(type.GetElementType()!, inner))] };
        if (RawTypes.IsRaw(type) && !RawTypes.HidesElements(type))
        {
            return new ValueShape(ShapeKind.RawRecord, name)
            {
                Size = ValueHoles.SizeOf(type),
                Fields = [.. FieldList.Of(type).Select(field => (TypeText.MemberName(field.Name), ValueHoles.OffsetOf(type, field, ValueHoles.SizeOf(type)), Of(field.FieldType, inner)))],
            };
        }
        if (!CodecCatalog.IsByFields(type))
            return new ValueShape(ShapeKind.Unknown, name);
        return new ValueShape(type.IsValueType ? ShapeKind.Record : ShapeKind.Reference, name)
        {
            Fields = [.. FieldList.Of(type).Select(field => (TypeText.MemberName(field.Name), 0, Of(field.FieldType, inner)))],
        };
    }

    public void Write(PayloadWriter writer)
    {
        writer.WriteByte((byte)Kind);
        writer.WriteString(Name);
        writer.WriteByte((byte)(Scalar is null ? 0 : 1 + Array.IndexOf(Scalars, Scalar)));
        writer.WriteInt32(Size);
        writer.WriteVarUInt((ulong)Fields.Count);
        foreach ((string name, int offset, ValueShape shape) in Fields)
        {
            writer.WriteString(name);
            writer.WriteInt32(offset);
            shape.Write(writer);
        }
    }

    public static ValueShape Read(PayloadReader reader) => Read(reader, Deepest + 2);

    private static ValueShape Read(PayloadReader reader, int nesting)
    {
        if (nesting == 0)
            throw new MalformedPayloadException("The shape of a value is nested too deeply.");
        var kind = (ShapeKind)reader.ReadByte();
        string name = reader.ReadString() ?? "";
        int scalar = reader.ReadByte(), size = reader.ReadInt32();
        if (scalar > Scalars.Length || size < 0 || (scalar == 0) == (kind == ShapeKind.Scalar))
            throw new MalformedPayloadException("The shape of a value contradicts itself.");
        var fields = new (string, int, ValueShape)[reader.ReadCount(8)];
        for (int i = 0; i < fields.Length; i++)
            fields[i] = (reader.ReadString() ?? "", reader.ReadInt32(), Read(reader, nesting - 1));
        return new ValueShape(kind, name) { Scalar = scalar == 0 ? null : Scalars[scalar - 1], Size = size, Fields = fields };
    }
}
