using System.Globalization;

namespace PathosHpc;

/// <summary>A map whose function is being loaded: at once, or as the parts of its large arrays come.</summary>
internal sealed class ArrivingMap
{
    private readonly int number;
    private readonly MapHeader header;
    private readonly ArrivingFunction? function;

    /// <param name="number">The map's number.</param>
    /// <param name="body">Body of its <see cref="FrameKind.Function"/> frame.</param>
    public ArrivingMap(int number, Payload body)
    {
        this.number = number;
        var reader = new PayloadReader(body);
        header = MapHeader.Read(reader);
        // Here, where a culture that this machine does not know ends the map; on the compute thread it would end the process.
        _ = (CultureInfo.GetCultureInfo(header.Culture), CultureInfo.GetCultureInfo(header.UICulture));
        Payload start = reader.ReadPayload(reader.Remaining);
        if (header.ArrayBytes > 0)
            function = new ArrivingFunction(start, header.ArrayBytes);
        else
            Computer = MapComputer.Of(number, header, FunctionShipping.Decode(start));
    }

    /// <summary>What computes its items; null until the whole function is here.</summary>
    public MapComputer? Computer { get; private set; }

    /// <summary>Takes the next part of the arrays.</summary>
    /// <returns>What computes its items, when it was the last; else null.</returns>
    public MapComputer? Take(Payload part)
    {
        if (function?.Take(part) is { } whole)
            Computer = MapComputer.Of(number, header, whole);
        return Computer;
    }
}
