namespace PathosHpc;

/// <summary>Counts what a copy has moved, and tells it now and then.</summary>
internal sealed class TransferMeter(IProgress<TransferProgress>? progress, long totalBytes, long totalFiles)
{
    private const long TellEvery = 1 << 20;
    private long bytes, files, told;

    /// <summary>How far it is: what an earlier attempt has brought over.</summary>
    public void Restart(long doneBytes, long doneFiles)
    {
        (bytes, files) = (doneBytes, doneFiles);
        Tell();
    }

    public void Count(int count)
    {
        bytes += count;
        if (bytes - told >= TellEvery)
            Tell();
    }

    public void FileDone()
    {
        files++;
        if (files == totalFiles || files % 64 == 0)
            Tell();
    }

    private void Tell()
    {
        told = bytes;
        progress?.Report(new TransferProgress(bytes, totalBytes, files, totalFiles));
    }
}
