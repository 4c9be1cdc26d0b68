namespace PathosHpc;

/// <summary>Carries bytes between two streams, both ways.</summary>
internal static class StreamPair
{
    private const int BufferSize = 1 << 17;

    /// <summary>Carries until both ways have ended.</summary>
    /// <param name="farEnded">Told when nothing more comes from <paramref name="far"/>, while the other way may go on.</param>
    public static async Task CarryAsync(Stream near, Stream far, Action farEnded, CancellationToken cancellationToken)
    {
        Task up = UpAsync();
        await far.CopyToAsync(near, BufferSize, cancellationToken).ConfigureAwait(false);
        await near.FlushAsync(cancellationToken).ConfigureAwait(false);
        farEnded();
        await up.ConfigureAwait(false);
        if (far is DuplexStream its)
            await its.Ended.WaitAsync(cancellationToken).ConfigureAwait(false);

        async Task UpAsync()
        {
            await near.CopyToAsync(far, BufferSize, cancellationToken).ConfigureAwait(false);
            if (far is DuplexStream duplex)
                await duplex.EndWritingAsync().ConfigureAwait(false);
        }
    }
}
