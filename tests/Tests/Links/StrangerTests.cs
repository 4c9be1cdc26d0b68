using System.Net.Sockets;
using System.Security.Cryptography;

namespace PathosHpc.Tests;

/// <summary>Strangers at the socket of a live pool get nothing and stop nothing.</summary>
[Collection(AloneCollection.Name)]
public sealed class StrangerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Strangers_get_nothing_and_stop_nothing()
    {
        using var folder = new TemporaryFolder("stranger");
        await using var pool = new ProcessPool(new ProcessPoolOptions { Workers = 2, WorkFolder = folder.Path });
        Task<int[]> map = pool.MapAsync(x => { Thread.Sleep(20); return x + 1; }, Enumerable.Range(0, 100));
        string path = await SocketOf(folder.Path);
        int before = Descriptors();

        Socket[] silent = [.. Enumerable.Range(0, 200).Select(_ => Connect(path))];
        byte[] noise = new byte[5000];
        new Random(3).NextBytes(noise);
        byte[][] strangers =
        [
            noise,
            [.. Protocol.Preamble(LinkRole.Worker), .. RandomNumberGenerator.GetBytes(Protocol.ProofSize)],
            [.. Protocol.Preamble(LinkRole.Worker), .. RandomNumberGenerator.GetBytes(Protocol.ProofSize), .. Wire.Stream(Hello.Of(0, [new RankPlace("here", 1)]).ToFrame())],
            Protocol.Preamble(LinkRole.Client),
        ];
        foreach (byte[] words in strangers)
            Assert.InRange(WhatComes(path, words), 0, Protocol.PreambleSize);
        Assert.Equal(Protocol.PreambleSize, Mirrored(path));

        Assert.Equal(Enumerable.Range(1, 100), await map.WaitAsync(Patience));
        Assert.Equal((int[])[2, 3], await pool.MapAsync(x => x + 1, new[] { 1, 2 }).WaitAsync(Patience));

        // Those who said nothing were given time, and then the door.
        foreach (Socket socket in silent)
        {
            using (socket)
            {
                socket.ReceiveTimeout = (int)(Handshake.Patience.TotalMilliseconds * 2);
                Assert.Equal(Protocol.PreambleSize, ReadToEnd(socket));
            }
        }
        Assert.InRange(Descriptors(), 0, before + 20);
        Assert.Equal((int[])[2, 3], await pool.MapAsync(x => x + 1, new[] { 1, 2 }).WaitAsync(Patience));
    }

    /// <summary>Bytes that the pool says to someone who says these.</summary>
    private static int WhatComes(string path, byte[] words)
    {
        using Socket socket = Connect(path);
        socket.ReceiveTimeout = 5000;
        try
        {
            socket.Send(words);
        }
        catch (SocketException)
        {
            // It may be turned away ahead of its last word.
        }
        return ReadToEnd(socket);
    }

    /// <summary>Says to the pool what it said itself.</summary>
    private static int Mirrored(string path)
    {
        using Socket socket = Connect(path);
        socket.ReceiveTimeout = 5000;
        var preamble = new byte[Protocol.PreambleSize];
        for (int at = 0; at < preamble.Length;)
            at += socket.Receive(preamble.AsSpan(at));
        socket.Send(preamble);
        return preamble.Length + ReadToEnd(socket);
    }

    private static int ReadToEnd(Socket socket)
    {
        var room = new byte[4096];
        int count = 0;
        try
        {
            for (int got; (got = socket.Receive(room)) > 0;)
                count += got;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            // Closed with words unread.
        }
        return count;
    }

    private static Socket Connect(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(path));
        return socket;
    }

    private static int Descriptors() => OperatingSystem.IsLinux() ? Directory.GetFileSystemEntries("/proc/self/fd").Length : 0;

    private static async Task<string> SocketOf(string folder)
    {
        for (long until = Environment.TickCount64 + 20_000; Environment.TickCount64 < until; await Task.Delay(10))
        {
            if (Directory.GetDirectories(folder).FirstOrDefault() is { } pool && File.Exists(Path.Combine(pool, "socket")))
                return Path.Combine(pool, "socket");
        }
        throw new TimeoutException("The pool made no socket.");
    }
}
