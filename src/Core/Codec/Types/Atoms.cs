using System.Collections;
using System.Globalization;
using System.Net;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;

namespace PathosHpc;

/// <summary>Codecs of single .NET types whose fields do not say what they are. Those of other assemblies than the runtime's own are made by methods of their own, which alone load
/// them.</summary>
internal static class Atoms
{
    public static ObjectCodec? For(Type type)
    {
        if (!AppAssemblies.IsFramework(type.Assembly))
            return ByAncestor(type);
        if (type == typeof(int).GetType())
            return new TypeCodec();
        if (type == typeof(CultureInfo))
            return new CultureCodec();
        return type.FullName switch
        {
            "System.Version" => new AtomCodec<Version>((w, v) => w.WriteString(v.ToString()), r => Version.Parse(Text(r))),
            "System.Uri" => NewUriCodec(),
            "System.Text.StringBuilder" => new AtomCodec<StringBuilder>(WriteBuilder, ReadBuilder),
            "System.Collections.BitArray" => new AtomCodec<BitArray>(WriteBits, ReadBits),
            "System.Threading.Lock" => new AtomCodec<Lock>((_, _) => { }, _ => new Lock()),
            "System.TimeZoneInfo" => new AtomCodec<TimeZoneInfo>((w, v) => w.WriteString(v.ToSerializedString()), r => TimeZoneInfo.FromSerializedString(Text(r))),
            "System.IO.DirectoryInfo" => new AtomCodec<DirectoryInfo>((w, v) => w.WriteString(v.FullName), r => new DirectoryInfo(Text(r))),
            "System.IO.FileInfo" => new AtomCodec<FileInfo>((w, v) => w.WriteString(v.FullName), r => new FileInfo(Text(r))),
            "System.DBNull" => new SingletonCodec(DBNull.Value),
            "System.Reflection.Missing" => new SingletonCodec(Missing.Value),
            "System.Collections.Generic.ReferenceEqualityComparer" => new SingletonCodec(ReferenceEqualityComparer.Instance),
            _ => Comparer(type) ?? ByAncestor(type),
        };
    }

    /// <summary>Types that have many subclasses, private or made by users.</summary>
    private static ObjectCodec? ByAncestor(Type type)
    {
        for (Type? ancestor = type; ancestor is not null && ancestor != typeof(object); ancestor = ancestor.BaseType)
        {
            switch (ancestor.FullName)
            {
                case "System.Text.RegularExpressions.Regex":
                    return NewRegexCodec();
                case "System.Net.IPAddress":
                    return NewAddressCodec();
                case "System.Text.Encoding" when AppAssemblies.IsFramework(type.Assembly):
                    return new AtomCodec<Encoding>(WriteEncoding, ReadEncoding);
                case "NLog.Logger":
                    return NewLoggerCodec();
            }
        }
        return null;
    }

    private static string Text(PayloadReader reader) => reader.ReadString() ?? throw new MalformedPayloadException("A text is missing.");

    private static ObjectCodec? Comparer(Type type)
    {
        if (typeof(StringComparer).IsAssignableFrom(type))
            return new StringComparerCodec();
        for (Type? ancestor = type.BaseType; ancestor is { IsGenericType: true }; ancestor = ancestor.BaseType)
        {
            Type definition = ancestor.GetGenericTypeDefinition();
            if (definition != typeof(EqualityComparer<>) && definition != typeof(Comparer<>))
                continue;
            object standard = ancestor.GetProperty("Default", BindingFlags.Static | BindingFlags.Public)!.GetValue(null)!;
            return standard.GetType() == type ? new SingletonCodec(standard) : null;
        }
        return null;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static AtomCodec<Uri> NewUriCodec() => new((w, v) => w.WriteString(v.OriginalString), r => new Uri(Text(r), UriKind.RelativeOrAbsolute));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static AtomCodec<Regex> NewRegexCodec() => new(WriteRegex, ReadRegex);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static AtomCodec<IPAddress> NewAddressCodec() => new(WriteAddress, ReadAddress);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static AtomCodec<NLog.Logger> NewLoggerCodec() => new((w, v) => w.WriteString(v.Name), r => NLog.LogManager.GetLogger(Text(r)));

    private static void WriteBuilder(PayloadWriter writer, StringBuilder builder)
    {
        writer.WriteVarUInt((ulong)builder.MaxCapacity);
        writer.WriteString(builder.ToString());
    }

    private static StringBuilder ReadBuilder(PayloadReader reader)
    {
        int most = checked((int)reader.ReadVarUInt());
        string text = Text(reader);
        return new StringBuilder(Math.Min(most, Math.Max(16, text.Length)), most).Append(text);
    }

    private static void WriteBits(PayloadWriter writer, BitArray bits)
    {
        var bytes = new byte[(bits.Length + 7L) / 8];
        bits.CopyTo(bytes, 0);
        writer.WriteVarUInt((ulong)bytes.Length);
        writer.WriteByte((byte)(bytes.Length * 8L - bits.Length));
        writer.WriteBytes(bytes);
    }

    private static BitArray ReadBits(PayloadReader reader)
    {
        var bytes = new byte[reader.ReadCount(1)];
        int spare = reader.ReadByte();
        reader.ReadBytes(bytes);
        return new BitArray(bytes) { Length = checked((int)(bytes.Length * 8L - spare)) };
    }

    private static void WriteAddress(PayloadWriter writer, IPAddress address)
    {
        byte[] bytes = address.GetAddressBytes();
        writer.WriteByte((byte)bytes.Length);
        writer.WriteBytes(bytes);
        if (bytes.Length == 16)
            writer.WriteInt64(address.ScopeId);
    }

    private static IPAddress ReadAddress(PayloadReader reader)
    {
        var bytes = new byte[reader.ReadByte()];
        reader.ReadBytes(bytes);
        return bytes.Length == 16 ? new IPAddress(bytes, reader.ReadInt64()) : new IPAddress(bytes);
    }

    private static void WriteRegex(PayloadWriter writer, Regex regex)
    {
        writer.WriteString(regex.ToString());
        writer.WriteInt32((int)regex.Options);
        writer.WriteInt64(regex.MatchTimeout.Ticks);
    }

    private static Regex ReadRegex(PayloadReader reader) =>
        new(Text(reader), (RegexOptions)reader.ReadInt32(), TimeSpan.FromTicks(reader.ReadInt64()));

    private static void WriteEncoding(PayloadWriter writer, Encoding encoding)
    {
        writer.WriteInt32(encoding.CodePage);
        writer.WriteByte(encoding.Preamble.Length > 0 ? (byte)1 : (byte)0);
    }

    private static Encoding ReadEncoding(PayloadReader reader)
    {
        int page = reader.ReadInt32();
        bool preamble = reader.ReadByte() != 0;
        return page == Encoding.UTF8.CodePage ? new UTF8Encoding(preamble) : Encoding.GetEncoding(page);
    }
}
