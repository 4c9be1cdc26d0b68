using System.Globalization;
using System.Text.RegularExpressions;

namespace PathosHpc;

/// <summary>A site's own launcher, described by a template of its command line.</summary>
/// <example><code>new CommandLauncher("aprun -n {ranks} -N {perNode} -d {cores}", MpiFlavor.Mpich)</code></example>
public sealed partial class CommandLauncher : Launcher
{
    private readonly string[] template;

    /// <param name="template">The program and its arguments, separated by spaces; no shell reads it. <c>{ranks}</c>, <c>{perNode}</c> (ranks per node)
    /// and <c>{cores}</c> (cores per rank, 1 when none are asked for) stand for the request's numbers. The ranks' program is put behind it.</param>
    /// <param name="flavor">The MPI of the ranks, when it is known.</param>
    /// <exception cref="ArgumentException">The template is empty, has other braces, or does not say how many ranks there are.</exception>
    public CommandLauncher(string template, MpiFlavor? flavor = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(template);
        this.template = template.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        Flavor = flavor;
        string rest = Placeholder().Replace(template, "");
        if (rest.AsSpan().ContainsAny('{', '}'))
            throw new ArgumentException($"The launcher's template '{template}' has braces that stand for nothing: only {{ranks}}, {{perNode}} and {{cores}} do.");
        if (!template.Contains("{ranks}", StringComparison.Ordinal))
            throw new ArgumentException($"The launcher's template '{template}' does not say how many ranks to start: put {{ranks}} where their number belongs.");
    }

    /// <summary>Path of libmpi on the nodes; ranks see it as <c>PATHOS_MPI_LIB</c>. Default: null, they look for it.</summary>
    public string? MpiLibrary { get; init; }

    /// <summary>The variable by which the launcher tells a process its rank, such as <c>ALPS_APP_PE</c>. Default: null, those of the known MPIs.</summary>
    public string? RankVariable { get; init; }

    /// <summary>The variable by which the launcher tells a process how many ranks there are, such as <c>PALS_SIZE</c>: the ranks compare it with the world
    /// that they find themselves in. Default: null, those of the known MPIs.</summary>
    public string? SizeVariable { get; init; }

    /// <inheritdoc/>
    public override string Name => template[0];

    /// <inheritdoc/>
    public override MpiFlavor? Flavor { get; }

    /// <inheritdoc/>
    public override LaunchCommand Plan(LaunchRequest request)
    {
        request.Validate();
        string Value(Match placeholder) => (placeholder.Value switch
        {
            "{ranks}" => request.Ranks,
            "{cores}" => request.CoresPerRank ?? 1,
            _ => request.RanksPerNode ?? throw new ArgumentException(
                $"The launcher's template '{string.Join(' ', template)}' needs the ranks per node, but the resource request does not say them: set RanksPerNode."),
        }).ToString(CultureInfo.InvariantCulture);
        IEnumerable<string> arguments = template.Select(word => Placeholder().Replace(word, Value));
        var environment = new Dictionary<string, string>(request.Environment);
        foreach (var (name, value) in new[] { ("PATHOS_MPI_LIB", MpiLibrary), ("PATHOS_RANK_VARIABLE", RankVariable), ("PATHOS_SIZE_VARIABLE", SizeVariable) })
        {
            if (value is not null)
                environment.TryAdd(name, value);
        }
        return new LaunchCommand([.. arguments, .. request.ExtraArguments, .. request.Command], environment);
    }

    [GeneratedRegex(@"\{(?:ranks|perNode|cores)\}")]
    private static partial Regex Placeholder();
}
