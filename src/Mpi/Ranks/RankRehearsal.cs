using System.Net.Sockets;

namespace PathosHpc;

/// <summary>Does once, for nothing, what a rank does as it joins its pool and gets its first map. MPI takes a while to initialize, most of it waiting;
/// meanwhile libraries are loaded and code is compiled that would be missed behind it.</summary>
internal static class RankRehearsal
{
    /// <summary>Begins, on threads of its own.</summary>
    /// <param name="also">What else is rehearsed.</param>
    public static void Begin(Action? also)
    {
        foreach (Action part in (Action[])[Rehearse, .. also is null ? [] : new[] { also }])
            new Thread(() => Try(part)) { IsBackground = true, Name = "pathos rehearsal" }.Start();
    }

    private static void Try(Action part)
    {
        try
        {
            part();
        }
        catch (Exception)
        {
            // Whatever is wrong is said where it matters.
        }
    }

    private static void Rehearse()
    {
        using (new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified))
            Protocol.Proof(new byte[32], new byte[32], new byte[32]);
        ShippedFunction shipped = FunctionShipping.Encode(new SyncFunction<int, int>(static x => x), strict: false);
        FunctionShipping.Decode(shipped.Payload);
    }
}
