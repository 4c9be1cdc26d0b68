using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace PathosHpc;

/// <summary>pathos portpicker</summary>
internal static class PortPickerCommand
{
    internal static int Run(PathosTool tool, PortPickerOptions options)
    {
        if (options.Least < 1 || options.Greatest > 65535 || options.Least > options.Greatest)
            throw new UsageException($"--min {options.Least} --max {options.Greatest} is no range of ports; they go from 1 to 65535.");
        var count = options.Greatest - options.Least + 1;
        var start = RandomNumberGenerator.GetInt32(count);
        for (var i = 0; i < count; i++)
        {
            var port = options.Least + ((start + i) % count);
            if (!IsFree(port)) continue;
            tool.Output.WriteLine(port.ToString(CultureInfo.InvariantCulture));
            return ExitCodes.Ok;
        }
        throw new UsageException($"No port from {options.Least} to {options.Greatest} is free.", ExitCodes.Refused);
    }

    /// <summary>Whether it can be listened on at every address, of both kinds: what only one program has at one address is taken.</summary>
    private static bool IsFree(int port) => CanListen(IPAddress.Any, port) && (!Socket.OSSupportsIPv6 || CanListen(IPAddress.IPv6Any, port));

    private static bool CanListen(IPAddress address, int port)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { ExclusiveAddressUse = true };
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen();
            return true;
        }
        catch (SocketException e)
        {
            // A machine without an address of that kind has no port to be taken there.
            return e.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported;
        }
    }
}
