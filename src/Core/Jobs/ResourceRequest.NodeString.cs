using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace PathosHpc;

public sealed partial record ResourceRequest
{
    /// <summary>Reads a node string: <c>NODES[:TYPE][:ppn=P][:cpp=C][,NAME=VALUE...]</c>, one pair of quotes around it allowed.
    /// ppn is ranks per node; cpp is cores per rank and never multiplies the ranks.</summary>
    /// <exception cref="NodeStringException">It is none; its <see cref="NodeStringException.Position"/> says where.</exception>
    public static ResourceRequest Parse(string text) => Read(text, out var request) is { } error ? throw error : request!;

    /// <summary>As <see cref="Parse"/>, without an exception.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out ResourceRequest? request) => Read(text ?? "", out request) is null;

    /// <summary>The node string of this request, such that <c>Parse(request.ToNodeString())</c> has the same nodes, ranks, cores, type and extras.</summary>
    /// <exception cref="InvalidOperationException">The request is for ranks alone, which a node string cannot say.</exception>
    public string ToNodeString()
    {
        if (Ranks is not null) throw new InvalidOperationException($"A request for {Ranks} ranks alone has no node string; give Nodes and RanksPerNode.");
        var parts = new List<string> { (Nodes ?? 1).ToString(CultureInfo.InvariantCulture) };
        if (NodeType is not null) parts.Add(NodeType);
        if (RanksPerNode is { } ppn) parts.Add(string.Create(CultureInfo.InvariantCulture, $"ppn={ppn}"));
        if (CoresPerRank != 1) parts.Add(string.Create(CultureInfo.InvariantCulture, $"cpp={CoresPerRank}"));
        return string.Join(':', parts) + (Extra is null ? "" : "," + Extra);
    }

    private static NodeStringException? Read(string text, out ResourceRequest? request)
    {
        request = null;
        var (start, end) = (0, text.Length);
        if (end > 0 && text[0] is '\'' or '"')
        {
            if (end < 2 || text[^1] != text[0]) return new NodeStringException(text, end, $"the closing {text[0]} is missing.");
            (start, end) = (1, end - 1);
        }
        var comma = text.IndexOf(',', start, end - start);
        var (head, result) = (comma < 0 ? end : comma, new ResourceRequest());
        for (var position = start; position <= head;)
        {
            var stop = text.IndexOf(':', position, head - position);
            if (stop < 0) stop = head;
            var error = position == start ? ReadNodes(text, position, stop, ref result) : ReadToken(text, position, stop, ref result);
            if (error is not null) return error;
            position = stop + 1;
        }
        if (comma >= 0)
        {
            if (ReadExtra(text, comma + 1, end) is { } error) return error;
            result = result with { Extra = text[(comma + 1)..end] };
        }
        request = result;
        return null;
    }

    private static NodeStringException? ReadNodes(string text, int start, int stop, ref ResourceRequest result)
    {
        if (Number(text, start, stop, "the number of nodes", out var nodes) is { } error) return error;
        result = result with { Nodes = nodes };
        return null;
    }

    private static NodeStringException? ReadToken(string text, int start, int stop, ref ResourceRequest result)
    {
        var token = text[start..stop];
        if (token.StartsWith("ppn=", StringComparison.Ordinal))
        {
            if (result.RanksPerNode is not null) return new NodeStringException(text, start, "ppn is given twice.");
            if (Number(text, start + 4, stop, "the number of ranks per node", out var ppn) is { } error) return error;
            result = result with { RanksPerNode = ppn };
        }
        else if (token.StartsWith("cpp=", StringComparison.Ordinal))
        {
            if (result.CoresPerRank != 1) return new NodeStringException(text, start, "cpp is given twice.");
            if (Number(text, start + 4, stop, "the number of cores per rank", out var cpp) is { } error) return error;
            result = result with { CoresPerRank = cpp };
        }
        else if (!IsWord(token))
        {
            return new NodeStringException(text, start, token.Length == 0 ? "a type, ppn= or cpp= is missing." : $"'{token}' is neither a type, nor ppn=, nor cpp=.");
        }
        else if (result.NodeType is not null)
        {
            return new NodeStringException(text, start, $"'{token}' is a second type beside '{result.NodeType}'.");
        }
        else
        {
            result = result with { NodeType = token };
        }
        return null;
    }

    private static NodeStringException? ReadExtra(string text, int start, int end)
    {
        for (var position = start; position <= end;)
        {
            var stop = text.IndexOf(',', position, end - position);
            if (stop < 0) stop = end;
            if (stop == position) return new NodeStringException(text, position, "a NAME=VALUE is missing.");
            for (var i = position; i < stop; i++)
                if (char.IsWhiteSpace(text[i]) || char.IsControl(text[i])) return new NodeStringException(text, i, "blanks are not allowed.");
            position = stop + 1;
        }
        return null;
    }

    private static NodeStringException? Number(string text, int start, int stop, string what, out int value)
    {
        value = 0;
        if (start == stop) return new NodeStringException(text, start, $"{what} is missing.");
        for (var i = start; i < stop; i++)
            if (!char.IsAsciiDigit(text[i])) return new NodeStringException(text, i, $"{what} must be a whole number.");
        if (int.TryParse(text.AsSpan(start, stop - start), NumberStyles.None, CultureInfo.InvariantCulture, out value) && value > 0) return null;
        return new NodeStringException(text, start, $"{what} must be from 1 to {int.MaxValue}.");
    }
}
