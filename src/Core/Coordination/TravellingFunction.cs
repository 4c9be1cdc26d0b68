namespace PathosHpc;

/// <summary>A map's function as its coordinator has it: the body of its <see cref="FrameKind.Function"/> frame, and of its large arrays the parts that are
/// here. Under the coordinator's lock.</summary>
/// <param name="start">Options and function, without the large arrays.</param>
/// <param name="missing">Bytes of the arrays that are still to come.</param>
internal sealed class TravellingFunction(Payload start, long missing)
{
    /// <summary>Bytes of a part: long enough for its frame to cost nothing beside it, and short enough to be in a cache when it is passed on.</summary>
    private const int PartBytes = 1 << 19;

    private readonly List<Payload> parts = [];
    private int begun;

    public Payload Start { get; private set; } = start;

    /// <summary>The parts that are here and kept.</summary>
    public IReadOnlyList<Payload> Parts => parts;

    /// <summary>Bytes of the arrays that are still to come.</summary>
    public long Missing { get; private set; } = missing;

    /// <summary>Whether no link will ask for it any more, so that nothing is kept.</summary>
    public bool IsGone { get; private set; }

    /// <summary>A function that is here as a whole.</summary>
    public static TravellingFunction Of(MapHeader header, ShippedFunction shipped)
    {
        var writer = new PayloadWriter();
        (header with { ArrayBytes = shipped.ArrayBytes }).Write(writer);
        long at = shipped.Payload.Length - shipped.ArrayBytes;
        var function = new TravellingFunction(new Payload([.. writer.Detach().Segments, .. shipped.Payload.Slice(0, at).Segments]), 0);
        for (int length; at < shipped.Payload.Length; at += length)
        {
            length = (int)Math.Min(PartBytes, shipped.Payload.Length - at);
            function.parts.Add(shipped.Payload.Slice(at, length));
        }
        return function;
    }

    /// <summary>The next part has come.</summary>
    /// <param name="users">Links that it is sent on to.</param>
    public void Add(Payload part, int users)
    {
        if (part.Length > Missing)
            throw new LinkException($"{part.Length} bytes came of a function's arrays, of which {Missing} were missing.");
        Missing -= part.Length;
        if (!IsGone)
            parts.Add(part);
        else if (users > 0)
            part.GiveAway(users);
    }

    /// <summary>One more of <paramref name="links"/> that do not come again has begun it. With the last it is let go: its arrays are then in memory once,
    /// within the function.</summary>
    public void Went(int links)
    {
        if (++begun == links)
            IsGone = true;
    }

    /// <summary>Lets go of what is here, if no link will ask for it any more.</summary>
    public void ForgetIfGone()
    {
        if (!IsGone)
            return;
        Start = Payload.Empty;
        parts.Clear();
    }
}
