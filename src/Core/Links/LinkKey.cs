using System.Buffers.Binary;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PathosHpc;

/// <summary>What the two sides of a session over TCP share, in a file that only the user can read: a token, and a certificate of which each side
/// knows the private key. It is made for one job, and nothing else is trusted.</summary>
internal sealed class LinkKey : IDisposable
{
    private readonly X509Certificate2 certificate;

    private LinkKey(byte[] token, X509Certificate2 certificate) => (Token, this.certificate) = (token, certificate);

    public byte[] Token { get; }

    /// <summary>A new one, as the bytes of its file: token, length of the certificate (int32), certificate, private key.</summary>
    /// <remarks>PKCS #12 would take either side 15 ms to write or read, most of it for a password that there is not.</remarks>
    public static byte[] Create()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=pathos", key, HashAlgorithmName.SHA256);
        // Clocks of clusters may be years off, and the certificate is known by its bytes alone.
        using X509Certificate2 made = request.CreateSelfSigned(DateTimeOffset.UnixEpoch.AddYears(20), DateTimeOffset.UnixEpoch.AddYears(500));
        byte[] raw = made.RawData, length = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, raw.Length);
        return [.. RandomNumberGenerator.GetBytes(Protocol.TokenSize), .. length, .. raw, .. key.ExportPkcs8PrivateKey()];
    }

    /// <exception cref="LinkException">The bytes are no key.</exception>
    public static LinkKey Read(byte[] file)
    {
        try
        {
            ReadOnlySpan<byte> rest = file.AsSpan(Protocol.TokenSize);
            int length = BinaryPrimitives.ReadInt32LittleEndian(rest);
            rest = rest[sizeof(int)..];
            using X509Certificate2 known = X509CertificateLoader.LoadCertificate(rest[..length]);
            using var key = ECDsa.Create();
            key.ImportPkcs8PrivateKey(rest[length..], out _);
            return new LinkKey(file[..Protocol.TokenSize], known.CopyWithPrivateKey(key));
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new LinkException($"The key of the job cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Encrypts a stream, and lets both sides prove that they know the token.</summary>
    /// <param name="raw">A connected stream; disposed when this fails.</param>
    /// <param name="role">Which side this is.</param>
    /// <param name="dialled">Whether this side dialled.</param>
    /// <param name="cancellationToken">Gives up; the handshake has a limit of its own.</param>
    /// <exception cref="LinkException">The other side is a stranger, or the stream broke.</exception>
    public async Task<Stream> SecureAsync(Stream raw, LinkRole role, bool dialled, CancellationToken cancellationToken)
    {
        var secure = new SslStream(raw, leaveInnerStreamOpen: false);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(Handshake.Patience);
            if (dialled)
                await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "pathos", RemoteCertificateValidationCallback = (_, its, _, _) => IsOurs(its) }, limit.Token).ConfigureAwait(false);
            else
                await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, limit.Token).ConfigureAwait(false);
            await Handshake.ProveAsync(secure, role, Token, dialled, limit.Token).ConfigureAwait(false);
            return secure;
        }
        catch (Exception e)
        {
            await secure.DisposeAsync().ConfigureAwait(false);
            if (e is OperationCanceledException && cancellationToken.IsCancellationRequested)
                throw;
            throw e as LinkException ?? new LinkException($"The connection broke before it was open: {e.Message}", e);
        }
    }

    public void Dispose() => certificate.Dispose();

    private bool IsOurs(X509Certificate? its) => its is not null && CryptographicOperations.FixedTimeEquals(its.GetRawCertData(), certificate.RawData);
}
