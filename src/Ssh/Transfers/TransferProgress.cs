namespace PathosHpc;

/// <summary>How far a copy between this machine and a host is.</summary>
/// <param name="Bytes">Bytes that are over, those of an earlier attempt included.</param>
/// <param name="TotalBytes">Bytes of all files.</param>
/// <param name="Files">Files that are over whole.</param>
/// <param name="TotalFiles">Files in all.</param>
public sealed record TransferProgress(long Bytes, long TotalBytes, long Files, long TotalFiles);
