using System.Globalization;

namespace PathosHpc;

/// <summary>Cultures by name; how a changed one writes numbers and dates travels with it.</summary>
internal sealed class CultureCodec : WholeCodec
{
    public override void WriteHead(GraphWriter writer, object value)
    {
        var culture = (CultureInfo)value;
        writer.Out.WriteString(culture.Name);
        writer.Out.WriteByte(culture.IsReadOnly ? (byte)1 : (byte)0);
        if (culture.IsReadOnly)
            return;
        NumberFormatInfo numbers = culture.NumberFormat;
        Slot<NumberFormatInfo>.Write(writer, ref numbers);
        DateTimeFormatInfo dates = culture.DateTimeFormat;
        foreach (string text in (ReadOnlySpan<string>)[dates.ShortDatePattern, dates.LongDatePattern, dates.ShortTimePattern, dates.LongTimePattern, dates.DateSeparator, dates.TimeSeparator])
            writer.Out.WriteString(text);
    }

    public override object ReadHead(GraphReader reader)
    {
        string name = reader.In.ReadString() ?? "";
        if (reader.In.ReadByte() != 0)
            return CultureInfo.GetCultureInfo(name);
        var culture = new CultureInfo(name);
        NumberFormatInfo? numbers = null;
        Slot<NumberFormatInfo?>.Read(reader, ref numbers);
        culture.NumberFormat = numbers ?? throw new MalformedPayloadException("A culture has no format of numbers.");
        DateTimeFormatInfo dates = culture.DateTimeFormat;
        string Next() => reader.In.ReadString() ?? "";
        (dates.ShortDatePattern, dates.LongDatePattern, dates.ShortTimePattern, dates.LongTimePattern) = (Next(), Next(), Next(), Next());
        (dates.DateSeparator, dates.TimeSeparator) = (Next(), Next());
        return culture;
    }
}
