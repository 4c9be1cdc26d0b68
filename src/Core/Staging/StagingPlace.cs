namespace PathosHpc;

/// <summary>Where something is staged: a host, or whatever runs commands there.</summary>
/// <param name="Name">Its name, for messages.</param>
/// <param name="Dotnet">Path of the dotnet to use there; null leaves it to us, empty brings one along.</param>
/// <param name="RunAsync">Runs a command there.</param>
internal sealed record StagingPlace(string Name, string? Dotnet, Func<HostCommand, CancellationToken, Task<CommandResult>> RunAsync)
{
    public static implicit operator StagingPlace(ClusterHost host) => new(host.Name, host.DotnetThere, host.RunAsync);
}
