using System.Globalization;

namespace PathosHpc;

/// <summary>An object of which there is one: nothing but its type travels.</summary>
internal sealed class SingletonCodec(object instance) : WholeCodec(hasIdentity: false)
{
    public override object ReadHead(GraphReader reader) => instance;
}

/// <summary>Comparers of strings by ordinals or by a culture.</summary>
internal sealed class StringComparerCodec : WholeCodec
{
    public override void WriteHead(GraphWriter writer, object value)
    {
        var comparer = (IEqualityComparer<string?>)value;
        if (StringComparer.IsWellKnownOrdinalComparer(comparer, out bool ignoreCase))
        {
            writer.Out.WriteByte(ignoreCase ? (byte)1 : (byte)0);
        }
        else if (StringComparer.IsWellKnownCultureAwareComparer(comparer, out CompareInfo? culture, out CompareOptions options))
        {
            writer.Out.WriteByte(2);
            writer.Out.WriteString(culture.Name);
            writer.Out.WriteInt32((int)options);
        }
        else
        {
            throw new RefusalException(value.GetType(), "a comparer of this process", "use one of StringComparer's");
        }
    }

    public override object ReadHead(GraphReader reader) => reader.In.ReadByte() switch
    {
        0 => StringComparer.Ordinal,
        1 => StringComparer.OrdinalIgnoreCase,
        2 => StringComparer.Create(CultureInfo.GetCultureInfo(reader.In.ReadString() ?? ""), (CompareOptions)reader.In.ReadInt32()),
        byte kind => throw new MalformedPayloadException($"{kind} is no kind of string comparer."),
    };
}
