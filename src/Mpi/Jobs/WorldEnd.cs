using System.Text.Json;

namespace PathosHpc;

/// <summary>How a start of a world ended.</summary>
/// <param name="How">A sentence.</param>
/// <param name="Culprit">The rank that died first; null when that cannot be told.</param>
/// <param name="Reason">Why.</param>
internal sealed record WorldEnd(string How, int? Culprit, JobFailureReason Reason)
{
    private const int Version = 1;

    /// <summary>What the ranks were computing; null when that cannot be told.</summary>
    public IReadOnlyList<RunningItem>? Running { get; init; }

    /// <summary>Whether no item is at fault.</summary>
    public bool IsBlameless { get; init; }

    /// <summary>Whether the world is started again.</summary>
    public bool GoesOn { get; init; }

    /// <summary>Whether the whole job was told to end. Its scheduler may start it again all the same.</summary>
    public bool WasOrdered { get; init; }

    /// <summary>Puts together what is known of a world whose launcher has ended.</summary>
    /// <param name="launcher">Which started it.</param>
    /// <param name="printed">What it printed last.</param>
    /// <param name="farewell">What the root said, if it ended the world: the launcher knows less then.</param>
    /// <param name="cause">How it was noticed.</param>
    public static WorldEnd Tell(Launcher launcher, TailBuffer printed, Farewell? farewell, string cause)
    {
        bool isBlameless = farewell?.Reason == FarewellReason.Abandoned;
        if (farewell is not null)
        {
            int? rank = farewell.Rank < 0 ? null : farewell.Rank;
            return new WorldEnd($"{farewell.Text} {launcher.Name} has ended.{printed.AsQuote()}", rank, rank is null ? JobFailureReason.Unknown : JobFailureReason.HeartbeatLost) { IsBlameless = isBlameless };
        }
        RankDeath? death = launcher.FindRankDeath(printed.ToString());
        if (death is { Reason: JobFailureReason.ExitCode, Code: MpiEnd.AbortCode })
            death = null; // a rank that noticed the death of another
        string who = death?.Rank is { } dead ? $"Rank {dead} died{Describe(death)}. " : "";
        return new WorldEnd($"{who}{cause} {launcher.Name} has ended.{printed.AsQuote()}", death?.Rank, death?.Reason ?? JobFailureReason.Unknown);
    }

    public byte[] ToJson()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteNumber("version", Version);
            json.WriteString("how", How);
            json.WriteString("reason", Reason.ToString());
            json.WriteNumber("culprit", Culprit ?? -1);
            json.WriteBoolean("isBlameless", IsBlameless);
            json.WriteBoolean("goesOn", GoesOn);
            json.WriteBoolean("wasOrdered", WasOrdered);
            if (Running is not null)
            {
                json.WriteStartArray("running");
                foreach (RunningItem item in Running)
                {
                    json.WriteNumberValue(item.Rank);
                    json.WriteNumberValue(item.Map);
                    json.WriteNumberValue(item.Index);
                }
                json.WriteEndArray();
            }
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    /// <summary>Null when it is nothing that this version can read.</summary>
    public static WorldEnd? FromJson(byte[] bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            JsonElement root = document.RootElement;
            if (root.GetProperty("version").GetInt32() != Version)
                return null;
            int culprit = root.GetProperty("culprit").GetInt32();
            JobFailureReason reason = Enum.TryParse(root.GetProperty("reason").GetString(), out JobFailureReason named) ? named : JobFailureReason.Unknown;
            return new WorldEnd(root.GetProperty("how").GetString() ?? "", culprit < 0 ? null : culprit, reason)
            {
                IsBlameless = root.GetProperty("isBlameless").GetBoolean(),
                GoesOn = root.GetProperty("goesOn").GetBoolean(),
                WasOrdered = root.GetProperty("wasOrdered").GetBoolean(),
                Running = root.TryGetProperty("running", out JsonElement running)
                    ? [.. running.EnumerateArray().Select(n => n.GetInt64()).Chunk(3).Select(n => new RunningItem((int)n[0], (int)n[1], n[2]))] : null,
            };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static string Describe(RankDeath death) => death switch
    {
        { Reason: JobFailureReason.Signal, Code: { } signal } => $" of signal {signal}",
        { Code: { } code } => $" with exit code {code}",
        _ => "",
    };
}
