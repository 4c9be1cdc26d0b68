namespace PathosHpc;

/// <summary>An entry of a folder of a <see cref="ClusterHost"/>.</summary>
/// <param name="Name">Its name in the folder.</param>
/// <param name="IsFolder">Whether it is a folder.</param>
/// <param name="Size">Bytes; 0 for a folder.</param>
public sealed record HostFile(string Name, bool IsFolder, long Size);
