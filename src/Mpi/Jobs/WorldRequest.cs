namespace PathosHpc;

/// <summary>What a client asks of the world that its job is to start.</summary>
internal sealed record WorldRequest
{
    /// <summary>Module version id of this library: the job may start after the application was built anew.</summary>
    public Guid Mvid { get; init; } = typeof(WorldRequest).Module.ModuleVersionId;

    public required int Ranks { get; init; }

    /// <summary>Null leaves it to the launcher.</summary>
    public int? RanksPerNode { get; init; }

    public int? CoresPerRank { get; init; }

    /// <summary>Null for the mpiexec that <see cref="Mpiexec"/> names.</summary>
    public Launcher? Launcher { get; init; }

    public string? Mpiexec { get; init; }

    public IReadOnlyList<string> LauncherArguments { get; init; } = [];

    /// <summary>The job's nodes, by variables of its script; null where no scheduler gave any.</summary>
    public LaunchAllocation? Allocation { get; init; }

    public bool RootComputes { get; init; }

    public int HeartbeatMilliseconds { get; init; }

    public long StartMilliseconds { get; init; }

    public int Restarts { get; init; }

    public long ClientGraceMilliseconds { get; init; }

    /// <summary>0 for none.</summary>
    public long IdleMilliseconds { get; init; }

    public LinkWay Way { get; init; }

    public string? Interface { get; init; }

    public (int First, int Last)? PortRange { get; init; }

    public byte[] ToBytes()
    {
        var writer = new PayloadWriter();
        writer.WriteGuid(Mvid);
        writer.WriteInt32(Ranks);
        writer.WriteInt32(RanksPerNode ?? 0);
        writer.WriteInt32(CoresPerRank ?? 0);
        ItemCodec<Launcher?>.Write(writer, Launcher, "launcher");
        writer.WriteString(Mpiexec);
        writer.WriteInt32(LauncherArguments.Count);
        foreach (string argument in LauncherArguments)
            writer.WriteString(argument);
        writer.WriteString(Allocation?.HostFile);
        writer.WriteString(Allocation?.SlotFile);
        writer.WriteString(Allocation?.RemoteStart);
        writer.WriteByte(RootComputes ? (byte)1 : (byte)0);
        writer.WriteInt32(HeartbeatMilliseconds);
        writer.WriteInt64(StartMilliseconds);
        writer.WriteInt32(Restarts);
        writer.WriteInt64(ClientGraceMilliseconds);
        writer.WriteInt64(IdleMilliseconds);
        writer.WriteInt32((int)Way);
        writer.WriteString(Interface);
        writer.WriteInt32(PortRange?.First ?? 0);
        writer.WriteInt32(PortRange?.Last ?? 0);
        return writer.Detach().ToArray();
    }

    /// <exception cref="LinkException">It was written by another build.</exception>
    public static WorldRequest Read(byte[] bytes)
    {
        var reader = new PayloadReader(new Payload(bytes));
        Guid mvid = reader.ReadGuid();
        if (mvid != typeof(WorldRequest).Module.ModuleVersionId)
        {
            throw new LinkException($"The job was submitted by a program with PathosHpc.Mpi of MVID {mvid}, but its node loaded {typeof(WorldRequest).Module.ModuleVersionId} " +
                "from the same folder. The program was built anew while its job waited: submit it again, and publish into a folder of its own next time.");
        }
        return new WorldRequest
        {
            Mvid = mvid,
            Ranks = reader.ReadInt32(),
            RanksPerNode = Positive(reader.ReadInt32()),
            CoresPerRank = Positive(reader.ReadInt32()),
            Launcher = ItemCodec<Launcher?>.Read(reader),
            Mpiexec = reader.ReadString(),
            LauncherArguments = [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadString() ?? "")],
            Allocation = ReadAllocation(reader.ReadString(), reader.ReadString(), reader.ReadString()),
            RootComputes = reader.ReadByte() != 0,
            HeartbeatMilliseconds = reader.ReadInt32(),
            StartMilliseconds = reader.ReadInt64(),
            Restarts = reader.ReadInt32(),
            ClientGraceMilliseconds = reader.ReadInt64(),
            IdleMilliseconds = reader.ReadInt64(),
            Way = (LinkWay)reader.ReadInt32(),
            Interface = reader.ReadString(),
            PortRange = (reader.ReadInt32(), reader.ReadInt32()) is { Item1: > 0 } range ? range : null,
        };
    }

    private static LaunchAllocation? ReadAllocation(string? hostFile, string? slotFile, string? remoteStart) =>
        hostFile is null ? null : new LaunchAllocation { HostFile = hostFile, SlotFile = slotFile ?? "", RemoteStart = remoteStart };

    private static int? Positive(int value) => value > 0 ? value : null;
}
