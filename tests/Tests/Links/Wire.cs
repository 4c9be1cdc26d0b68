using System.Net.Sockets;

namespace PathosHpc.Tests;

/// <summary>Bytes of streams, whole and damaged, for the tests of links.</summary>
internal static class Wire
{
    /// <summary>Two ends of one connection.</summary>
    public static (Socket One, Socket Other) Pair()
    {
        string path = Path.Combine(Path.GetTempPath(), "pathos-test-" + Guid.NewGuid().ToString("N")[..8]);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            listener.Bind(new UnixDomainSocketEndPoint(path));
            listener.Listen(1);
            var one = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            one.Connect(new UnixDomainSocketEndPoint(path));
            return (one, listener.Accept());
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>The bytes of frames as a carrier sends them.</summary>
    public static byte[] Stream(params IEnumerable<Frame> frames)
    {
        var writer = new PayloadWriter();
        long sequence = 0;
        foreach (Frame frame in frames)
        {
            writer.WriteByte((byte)frame.Kind);
            writer.WriteBytes([0, 0, 0]);
            writer.WriteInt32(frame.Map);
            writer.WriteInt64(sequence++);
            writer.WriteInt64(frame.Body.Length);
            writer.WriteBytes(frame.Body);
        }
        return writer.Detach().ToArray();
    }

    /// <summary>A copy with one to three things wrong: bits and bytes changed, hostile numbers put in, pieces moved or cut off.</summary>
    public static byte[] Damage(Random random, byte[] bytes)
    {
        byte[] damaged = [.. bytes];
        for (int count = 1 + random.Next(3); count > 0 && damaged.Length > 0; count--)
        {
            int at = random.Next(damaged.Length);
            switch (random.Next(6))
            {
                case 0:
                    damaged[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    damaged[at] = (byte)random.Next(256);
                    break;
                case 2: // a hostile number: all bits set, or the largest or least of its width
                    byte[] number = random.Next(4) switch
                    {
                        0 => BitConverter.GetBytes(long.MaxValue),
                        1 => BitConverter.GetBytes(long.MinValue),
                        2 => BitConverter.GetBytes(int.MaxValue),
                        _ => BitConverter.GetBytes(-1L),
                    };
                    number.AsSpan(0, Math.Min(number.Length, damaged.Length - at)).CopyTo(damaged.AsSpan(at));
                    break;
                case 3:
                    int length = random.Next(Math.Min(24, damaged.Length));
                    Array.Copy(damaged, random.Next(damaged.Length - length), damaged, random.Next(damaged.Length - length), length);
                    break;
                case 4:
                    damaged = damaged[..at];
                    break;
                default:
                    damaged = [.. damaged[..at], .. damaged[random.Next(damaged.Length)..]];
                    break;
            }
        }
        return damaged;
    }
}
