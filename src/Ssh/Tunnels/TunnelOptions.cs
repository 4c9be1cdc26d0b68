using System.Net;

namespace PathosHpc;

/// <summary>Where a tunnel leads, and where its connections are taken.</summary>
public sealed record TunnelOptions
{
    /// <summary>The machine that it leads to, as the host knows it (with <see cref="Reverse"/>: as this machine does). Default: the host itself.</summary>
    public string Machine { get; init; } = "localhost";

    /// <summary>The port that it leads to; either this or <see cref="Socket"/>.</summary>
    public int? Port { get; init; }

    /// <summary>Path of the Unix socket that it leads to.</summary>
    public string? Socket { get; init; }

    /// <summary>Port of this machine (with <see cref="Reverse"/>: of the host) on which connections are taken. Default: null, one that is free.</summary>
    public int? ListenPort { get; init; }

    /// <summary>Address of this machine (with <see cref="Reverse"/>: of the host) on which connections are taken. Default: the loopback's, which only users of that
    /// machine reach. Whoever reaches another can connect to the target.</summary>
    public IPAddress ListenAddress { get; init; } = IPAddress.Loopback;

    /// <summary>Path of a Unix socket on which connections are taken, instead of a port.</summary>
    public string? ListenSocket { get; init; }

    /// <summary>Whether it leads from the host to here. Default: false.</summary>
    public bool Reverse { get; init; }

    internal IEnumerable<string> Errors()
    {
        if (Port is null == Socket is null)
            yield return "A tunnel leads to either a Port or a Socket; set one of them.";
        if (Port is < 1 or > 65535)
            yield return $"Port is {Port}; it must be from 1 to 65535.";
        if (ListenPort is < 1 or > 65535)
            yield return $"ListenPort is {ListenPort}; it must be from 1 to 65535, or null for one that is free.";
        if (ListenPort is not null && ListenSocket is not null)
            yield return "Connections are taken on either ListenPort or ListenSocket; set one of them.";
        if (Machine.Length == 0 || Machine.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)))
            yield return $"Machine is '{Machine}'; it must be the name or the address of a machine.";
    }
}
