using System.Net.Sockets;

namespace PathosHpc;

/// <summary>Does once, for nothing, what a rank does as it joins its pool and gets its first map. MPI takes a while to initialize, most of it waiting;
/// meanwhile libraries are loaded and code is compiled that would be missed behind it.</summary>
internal static class RankRehearsal
{
    /// <summary>Begins, on a thread of its own.</summary>
    public static void Begin() => new Thread(Rehearse) { IsBackground = true, Name = "pathos rehearsal" }.Start();

    private static void Rehearse()
    {
        try
        {
            using (new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified))
                Protocol.Proof(new byte[32], new byte[32], new byte[32]);
            ShippedFunction shipped = FunctionShipping.Encode(new SyncFunction<int, int>(static x => x), strict: false);
            FunctionShipping.Decode(shipped.Payload);
        }
        catch (Exception)
        {
            // Whatever is wrong is said where it matters.
        }
    }
}
