using System.Collections;
using System.Globalization;
using System.Net;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;

namespace PathosHpc;

/// <summary>Codecs of single .NET types whose fields do not say what they are.</summary>
internal static class Atoms
{
    private static readonly Dictionary<Type, ObjectCodec> Exact = new()
    {
        [typeof(Version)] = new AtomCodec<Version>((w, v) => w.WriteString(v.ToString()), r => Version.Parse(Text(r))),
        [typeof(Uri)] = new AtomCodec<Uri>((w, v) => w.WriteString(v.OriginalString), r => new Uri(Text(r), UriKind.RelativeOrAbsolute)),
        [typeof(StringBuilder)] = new AtomCodec<StringBuilder>(WriteBuilder, ReadBuilder),
        [typeof(BitArray)] = new AtomCodec<BitArray>(WriteBits, ReadBits),
        [typeof(Lock)] = new AtomCodec<Lock>((_, _) => { }, _ => new Lock()),
        [typeof(DBNull)] = new SingletonCodec(DBNull.Value),
        [typeof(Missing)] = new SingletonCodec(Missing.Value),
        [typeof(ReferenceEqualityComparer)] = new SingletonCodec(ReferenceEqualityComparer.Instance),
        [typeof(DirectoryInfo)] = new AtomCodec<DirectoryInfo>((w, v) => w.WriteString(v.FullName), r => new DirectoryInfo(Text(r))),
        [typeof(FileInfo)] = new AtomCodec<FileInfo>((w, v) => w.WriteString(v.FullName), r => new FileInfo(Text(r))),
    };

    public static ObjectCodec? For(Type type)
    {
        if (Exact.TryGetValue(type, out ObjectCodec? codec))
            return codec;
        if (type.IsAbstract)
            return null;
        if (typeof(Type).IsAssignableFrom(type) && AppAssemblies.IsFramework(type.Assembly))
            return type == typeof(int).GetType() ? new TypeCodec() : null;
        if (typeof(Regex).IsAssignableFrom(type))
            return new AtomCodec<Regex>(WriteRegex, ReadRegex);
        if (typeof(IPAddress).IsAssignableFrom(type))
            return new AtomCodec<IPAddress>(WriteAddress, ReadAddress);
        if (type == typeof(CultureInfo))
            return new CultureCodec();
        if (typeof(TimeZoneInfo) == type)
            return new AtomCodec<TimeZoneInfo>((w, v) => w.WriteString(v.ToSerializedString()), r => TimeZoneInfo.FromSerializedString(Text(r)));
        if (typeof(Encoding).IsAssignableFrom(type) && AppAssemblies.IsFramework(type.Assembly))
            return new AtomCodec<Encoding>(WriteEncoding, ReadEncoding);
        return Comparer(type) ?? Logger(type);
    }

    private static string Text(PayloadReader reader) => reader.ReadString() ?? throw new MalformedPayloadException("A text is missing.");

    private static ObjectCodec? Comparer(Type type)
    {
        if (!AppAssemblies.IsFramework(type.Assembly))
            return null;
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

    private static AtomCodec<NLog.Logger>? Logger(Type type)
    {
        for (Type? ancestor = type; ancestor is not null; ancestor = ancestor.BaseType)
        {
            if (ancestor.FullName == "NLog.Logger")
                return NewLoggerCodec();
        }
        return null;
    }

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
