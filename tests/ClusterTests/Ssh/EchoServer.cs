using System.Net;
using System.Net.Sockets;

namespace PathosHpc.ClusterTests;

/// <summary>Sends back what it receives.</summary>
internal sealed class EchoServer : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);

    public EchoServer()
    {
        listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Whether what was sent to one at the other end of a stream comes back.</summary>
    public static async Task ExchangeAsync(Stream stream, byte[] bytes)
    {
        new Random(5).NextBytes(bytes);
        Task write = stream.WriteAsync(bytes).AsTask();
        byte[] back = new byte[bytes.Length];
        await stream.ReadExactlyAsync(back).AsTask().WaitAsync(Patience);
        await write.WaitAsync(Patience);
        Assert.Equal(bytes, back);
    }

    public void Dispose() => listener.Dispose();

    private async Task AcceptAsync()
    {
        while (true)
        {
            TcpClient client = await listener.AcceptTcpClientAsync();
            _ = Task.Run(async () =>
            {
                using (client)
                    await client.GetStream().CopyToAsync(client.GetStream());
            });
        }
    }
}
