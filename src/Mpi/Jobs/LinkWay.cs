namespace PathosHpc;

/// <summary>What carries the frames between a client and the root of its job.</summary>
public enum LinkWay
{
    /// <summary>A connection; the job folder while none can be made for 10 seconds.</summary>
    Any,
    /// <summary>Only a connection.</summary>
    Connection,
    /// <summary>Only files in the job folder, on the file system that the client and the nodes share.</summary>
    JobFolder,
}
