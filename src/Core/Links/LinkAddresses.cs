using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text.Json;

namespace PathosHpc;

/// <summary>Where one side of a session listens: by every name and address that the other side may know it by.</summary>
/// <param name="Machine">The name that it has for itself.</param>
/// <param name="Addresses">Names and addresses, in the order to try them.</param>
/// <param name="Port">The TCP port.</param>
internal sealed record LinkAddresses(string Machine, IReadOnlyList<string> Addresses, int Port)
{
    private const int Version = 1;

    /// <summary>Of this machine.</summary>
    /// <param name="port">Where it listens.</param>
    /// <param name="networkInterface">The interface, or the address, that alone is meant; null for all.</param>
    /// <param name="names">Names beside the machine's own, such as the node's.</param>
    public static LinkAddresses Here(int port, string? networkInterface, params ReadOnlySpan<string?> names)
    {
        var all = new List<string>();
        if (networkInterface is null)
        {
            all.Add(Dns.GetHostName());
            foreach (string? name in names)
            {
                if (!string.IsNullOrEmpty(name))
                    all.Add(name);
            }
        }
        all.AddRange(OfInterfaces(networkInterface).Select(address => address.ToString()));
        return new LinkAddresses(Environment.MachineName, [.. all.Distinct()], port);
    }

    /// <summary>The address that a listener binds to.</summary>
    /// <exception cref="IOException">There is no such interface.</exception>
    public static IPAddress ToBind(string? networkInterface)
    {
        if (networkInterface is null)
            return Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any;
        return OfInterfaces(networkInterface).FirstOrDefault() ?? throw new IOException(
            $"Machine {Environment.MachineName} has no network interface '{networkInterface}' (Interface); it has {string.Join(", ", NetworkInterface.GetAllNetworkInterfaces().Select(i => i.Name))}.");
    }

    /// <summary>What to dial from this machine: from the same machine its own loopback address too.</summary>
    public IEnumerable<string> ToDial() => Machine == Environment.MachineName ? ["127.0.0.1", .. Addresses] : Addresses;

    public byte[] ToJson()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteNumber("version", Version);
            json.WriteString("machine", Machine);
            json.WriteStartArray("addresses");
            foreach (string address in Addresses)
                json.WriteStringValue(address);
            json.WriteEndArray();
            json.WriteNumber("port", Port);
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    /// <summary>Null when it is nothing that this version can read.</summary>
    public static LinkAddresses? FromJson(byte[] bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            JsonElement root = document.RootElement;
            return root.GetProperty("version").GetInt32() != Version ? null : new LinkAddresses(root.GetProperty("machine").GetString() ?? "",
                [.. root.GetProperty("addresses").EnumerateArray().Select(a => a.GetString() ?? "")], root.GetProperty("port").GetInt32());
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static IEnumerable<IPAddress> OfInterfaces(string? only)
    {
        if (only is not null && IPAddress.TryParse(only, out IPAddress? exact))
            return [exact];
        return from card in NetworkInterface.GetAllNetworkInterfaces()
               where only is null ? card.OperationalStatus != OperationalStatus.Down && card.NetworkInterfaceType != NetworkInterfaceType.Loopback : card.Name == only
               from address in card.GetIPProperties().UnicastAddresses
               where !address.Address.IsIPv6LinkLocal
               orderby address.Address.AddressFamily == AddressFamily.InterNetwork descending
               select address.Address;
    }
}
