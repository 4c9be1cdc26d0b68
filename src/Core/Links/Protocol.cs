using System.Security.Cryptography;

namespace PathosHpc;

/// <summary>Version 1 of the protocol: what every byte stream begins with, and the sizes that both sides rely on.</summary>
/// <remarks>Preamble, 46 bytes: "PATHOSHP", version (uint16), least version that the speaker reads (uint16), role (byte), reserved (byte),
/// nonce (32 bytes). Then the proof of knowing the token, 32 bytes: the dialling side's first, the listening side's only when that one held.
/// Then frames: kind (byte), reserved (3 bytes), map (int32), sequence number (int64), length of the body (int64), body.
/// All little endian.</remarks>
internal static class Protocol
{
    public const ushort Version = 1, LeastVersion = 1;
    public const int PreambleSize = 46, FrameHeaderSize = 24, NonceSize = 32, ProofSize = 32, TokenSize = 32;

    /// <summary>Longest frame that is read before the other side has proved who it is.</summary>
    public const long LongestUnprovenFrame = 4096;

    private static ReadOnlySpan<byte> Magic => "PATHOSHP"u8;

    public static byte[] Preamble(LinkRole role)
    {
        var bytes = new byte[PreambleSize];
        Magic.CopyTo(bytes);
        BitConverter.TryWriteBytes(bytes.AsSpan(8), Version);
        BitConverter.TryWriteBytes(bytes.AsSpan(10), LeastVersion);
        bytes[12] = (byte)role;
        RandomNumberGenerator.Fill(bytes.AsSpan(PreambleSize - NonceSize));
        return bytes;
    }

    /// <summary>Checks the other side's preamble.</summary>
    /// <exception cref="LinkException">It speaks something else, or a version that this library does not.</exception>
    public static void Check(ReadOnlySpan<byte> preamble, LinkRole expected)
    {
        if (!preamble[..8].SequenceEqual(Magic))
            throw new LinkException("The other side of the connection does not speak the protocol of PathosHpc.");
        ushort version = BitConverter.ToUInt16(preamble[8..]), least = BitConverter.ToUInt16(preamble[10..]);
        if (least > Version || version < LeastVersion)
        {
            throw new LinkException($"This side speaks version {Version} of the protocol (and reads {LeastVersion} and later), the other side version {version} " +
                $"(and reads {least} and later). Use the same version of PathosHpc on both sides.");
        }
        if (preamble[12] != (byte)expected)
            throw new LinkException($"The other side of the connection says that its role is {preamble[12]}, but {(byte)expected} was expected.");
    }

    /// <summary>What proves that a side which sent <paramref name="own"/> and received <paramref name="peer"/> knows the token:
    /// HMAC-SHA256 over both preambles, the prover's first, so that neither proof can be sent back to its maker.</summary>
    public static byte[] Proof(ReadOnlySpan<byte> token, ReadOnlySpan<byte> own, ReadOnlySpan<byte> peer)
    {
        Span<byte> both = stackalloc byte[2 * PreambleSize];
        own.CopyTo(both);
        peer.CopyTo(both[PreambleSize..]);
        return HMACSHA256.HashData(token, both);
    }
}
