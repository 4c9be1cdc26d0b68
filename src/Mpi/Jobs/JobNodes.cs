using System.Globalization;

namespace PathosHpc;

/// <summary>The nodes of the job that a supervisor starts ranks on: all that it was granted, and later those that still answer.</summary>
internal sealed class JobNodes
{
    /// <summary>How long a node may take to start a process: a scheduler tries a node that is gone for as long. No longer than the client waits for word.</summary>
    private readonly TimeSpan answerTime;

    private readonly WorldRequest request;
    private readonly LaunchAllocation? granted;
    private readonly List<(string Node, int Slots)> nodes;

    /// <param name="request">What the client asked for.</param>
    /// <param name="granted">The allocation, its words expanded; null for a machine without a scheduler.</param>
    public JobNodes(WorldRequest request, LaunchAllocation? granted)
    {
        (this.request, this.granted) = (request, granted);
        answerTime = TimeSpan.FromSeconds(Math.Clamp(request.HeartbeatMilliseconds / 2000.0, 2, 10));
        nodes = File.Exists(granted?.SlotFile) ? [.. File.ReadLines(granted!.SlotFile).Where(line => line.Length > 0).Select(Read)] : [];
        (Allocation, Ranks) = (granted, request.Ranks);
    }

    /// <summary>Where the next ranks start.</summary>
    public LaunchAllocation? Allocation { get; private set; }

    /// <summary>The first node, which is this one, and another that ranks start on; null when there is none.</summary>
    public (string First, string Second)? Pair => nodes.Skip(1).Where(node => !Allocation!.LeftOut.Contains(node.Node)).Select(node => ((string, string)?)(nodes[0].Node, node.Node)).FirstOrDefault();

    /// <summary>How many there are of them.</summary>
    public int Ranks { get; private set; }

    /// <summary>Asks each node whether it answers; those that do not are left out. When not even the first does, which is this one, the question was no good.</summary>
    /// <param name="number">The start of the world that comes next.</param>
    /// <returns>A sentence about those that are left out from now on; null when all answer that did.</returns>
    public string? Ask(int number)
    {
        if (granted is null || nodes.Count < 2)
            return null;
        string[] silent = Task.WhenAll(nodes.Select(node => AskAsync(granted, node.Node))).GetAwaiter().GetResult().OfType<string>().ToArray();
        if (silent.Contains(nodes[0].Node))
            return null;
        string[] newly = [.. silent.Except(Allocation!.LeftOut)];
        if (silent.Length == 0)
        {
            (Allocation, Ranks) = (granted, request.Ranks);
            return null;
        }
        List<(string Node, int Slots)> left = [.. nodes.Where(node => !silent.Contains(node.Node))];
        Ranks = left.Sum(node => node.Slots);
        Allocation = granted with
        {
            LeftOut = silent,
            HostFile = Write(granted, "hosts", number, left.SelectMany(node => Enumerable.Repeat(node.Node, request.RanksPerNode is null ? node.Slots : 1))),
            SlotFile = Write(granted, "slots", number, left.Select(node => string.Create(CultureInfo.InvariantCulture, $"{node.Node} slots={node.Slots}"))),
        };
        return newly.Length == 0 ? null : string.Create(CultureInfo.InvariantCulture,
            $"{(newly.Length == 1 ? "Node" : "Nodes")} {string.Join(", ", newly)} of the job {(newly.Length == 1 ? "does" : "do")} not answer within {answerTime.TotalSeconds:0} s and {(newly.Length == 1 ? "is" : "are")} left out: {Ranks} of {request.Ranks} ranks go on.");
    }

    /// <summary>Runs a command on every node that ranks start on but this one.</summary>
    /// <returns>What each printed; null where it failed.</returns>
    public string?[] RunOnOthers(IReadOnlyList<string> command) => granted is null ? [] : Task.WhenAll(nodes.Skip(1).Where(node => !Allocation!.LeftOut.Contains(node.Node)).Select(async node =>
        await RunAsync(granted, node.Node, command).ConfigureAwait(false) is { Succeeded: true } answer ? answer.StandardOutput : null)).GetAwaiter().GetResult();

    /// <returns>Its name when it does not answer.</returns>
    private async Task<string?> AskAsync(LaunchAllocation granted, string node) => (await RunAsync(granted, node, ["true"]).ConfigureAwait(false)).Succeeded ? null : node;

    private Task<CommandResult> RunAsync(LaunchAllocation granted, string node, IReadOnlyList<string> command) =>
        LocalHost.Instance.RunAsync(new HostCommand(NodeProbe.Command(granted, node, command)) { Timeout = answerTime });

    private static string Write(LaunchAllocation granted, string what, int number, IEnumerable<string> lines)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"{granted.SlotFile}-{what}-{number}");
        File.WriteAllLines(path, lines);
        return path;
    }

    private static (string Node, int Slots) Read(string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return (words[0], words is [_, var slots, ..] && int.TryParse(slots.AsSpan(slots.IndexOf('=') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count : 1);
    }
}
