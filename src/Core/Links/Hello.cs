using System.Runtime.InteropServices;

namespace PathosHpc;

/// <summary>The first frame that a worker sends: who it is, and which ranks it brings.</summary>
/// <param name="Library">Version of PathosHpc.</param>
/// <param name="Mvid">Module version id of PathosHpc.Core.</param>
/// <param name="Runtime">Version of .NET.</param>
/// <param name="Platform">Operating system and architecture.</param>
/// <param name="Mpi">Which MPI library carries its ranks; empty without MPI.</param>
/// <param name="FirstRank">Number of its first rank.</param>
/// <param name="Ranks">Node and process id of each rank.</param>
internal sealed record Hello(string Library, Guid Mvid, string Runtime, string Platform, string Mpi, int FirstRank, IReadOnlyList<RankPlace> Ranks)
{
    /// <summary>What this process says of itself. (A fuller name of the operating system is read from a file, while the first item waits.)</summary>
    public static Hello Of(int firstRank, IReadOnlyList<RankPlace> ranks, string mpi = "") => new(
        typeof(Hello).Assembly.GetName().Version?.ToString(3) ?? "", typeof(Hello).Module.ModuleVersionId, Environment.Version.ToString(),
        RuntimeInformation.RuntimeIdentifier, mpi, firstRank, ranks);

    /// <summary>Why this worker cannot serve a client of this process, or null when it can.</summary>
    public string? Objection()
    {
        Guid own = typeof(Hello).Module.ModuleVersionId;
        if (Mvid != own)
            return $"The client runs PathosHpc.Core with MVID {own}, but the worker loaded version {Library} with MVID {Mvid}. Rebuild or redeploy the program where the ranks run.";
        return Runtime.Split('.')[0] == Environment.Version.Major.ToString(System.Globalization.CultureInfo.InvariantCulture)
            ? null
            : $"The client runs on .NET {Environment.Version}, but the worker on .NET {Runtime}; both need the same major version.";
    }

    public Frame ToFrame()
    {
        var writer = new PayloadWriter();
        writer.WriteString(Library);
        writer.WriteGuid(Mvid);
        writer.WriteString(Runtime);
        writer.WriteString(Platform);
        writer.WriteString(Mpi);
        writer.WriteInt32(FirstRank);
        writer.WriteInt32(Ranks.Count);
        foreach ((string node, int processId) in Ranks)
        {
            writer.WriteString(node);
            writer.WriteInt32(processId);
        }
        return new Frame(FrameKind.Hello, 0, writer.Detach());
    }

    public static Hello Read(Frame frame)
    {
        PayloadReader reader = frame.Reader();
        string library = reader.ReadString() ?? "";
        Guid mvid = reader.ReadGuid();
        string runtime = reader.ReadString() ?? "", platform = reader.ReadString() ?? "", mpi = reader.ReadString() ?? "";
        int first = reader.ReadInt32(), count = reader.ReadInt32();
        if (first < 0 || count < 1 || count > reader.Remaining / 5)
            throw new MalformedPayloadException($"{count} ranks from number {first} are announced in {reader.Remaining} bytes.");
        var ranks = new List<RankPlace>(count);
        for (int i = 0; i < count; i++)
            ranks.Add(new RankPlace(reader.ReadString() ?? "", reader.ReadInt32()));
        return new Hello(library, mvid, runtime, platform, mpi, first, ranks);
    }
}
