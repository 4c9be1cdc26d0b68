using CommandLine;

namespace PathosHpc;

/// <summary>Commands that name one submitted map.</summary>
internal abstract class MapJobOptions : CommonOptions
{
    [Value(0, MetaName = "id", Required = true, HelpText = "Id of a submitted map: MapJob.Id, or the scheduler's id of its first job.")]
    public string Id { get; set; } = "";
}

/// <summary>pathos attach</summary>
[Verb("attach", HelpText = "Print the results of a submitted map as they come, to its end: exit code 0 all computed, 1 not.")]
internal sealed class AttachOptions : MapJobOptions;

/// <summary>pathos fetch</summary>
[Verb("fetch", HelpText = "Print the results that a submitted map has so far, in the order of its items.")]
internal sealed class FetchOptions : MapJobOptions
{
    [Option('o', "output", MetaValue = "FOLDER", HelpText = "Bring the journal into this folder instead, which must not exist.")]
    public string? Output { get; set; }
}
