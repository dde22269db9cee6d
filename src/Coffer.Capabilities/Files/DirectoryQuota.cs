namespace Coffer.Capabilities.Files;

/// <summary>
/// How many bytes and files a guest may still make in a granted directory. Charged before the work and given back when
/// the work fails; shared by all handles of the directory and by the guest's threads.
/// </summary>
/// <param name="bytes">The bytes.</param>
/// <param name="files">The files, directories and links.</param>
/// <param name="refusal">What the guest is told when they are used up.</param>
internal sealed class DirectoryQuota(long bytes, long files, Errno refusal)
{
    private readonly Lock gate = new();
    private long bytesLeft = bytes;
    private long filesLeft = files;

    /// <summary>Whether bytes need to be counted at all.</summary>
    public bool LimitsBytes { get; } = bytes != long.MaxValue;

    /// <summary>Whether files need to be counted at all.</summary>
    public bool LimitsFiles { get; } = files != long.MaxValue;

    /// <summary>Whether another file may be made.</summary>
    public bool HasFilesLeft
    {
        get
        {
            lock (gate) return filesLeft > 0;
        }
    }

    /// <summary>The bytes that are left.</summary>
    public long BytesLeft
    {
        get
        {
            lock (gate) return bytesLeft;
        }
    }

    /// <summary>A quota for what is written to the host altogether; null when nothing is limited.</summary>
    public static DirectoryQuota? Create(long? bytes, long? files) => bytes is null && files is null
        ? null
        : new DirectoryQuota(bytes ?? long.MaxValue, files ?? long.MaxValue, Errno.DiskQuota);

    /// <summary>Takes bytes, all or none.</summary>
    public Errno ChargeBytes(long count)
    {
        lock (gate)
        {
            if (count > bytesLeft) return refusal;
            bytesLeft -= count;
            return Errno.Success;
        }
    }

    /// <summary>Gives bytes back.</summary>
    public void RefundBytes(long count)
    {
        lock (gate) bytesLeft += count;
    }

    /// <summary>Takes a file.</summary>
    public Errno ChargeFile()
    {
        lock (gate)
        {
            if (filesLeft == 0) return refusal;
            filesLeft--;
            return Errno.Success;
        }
    }

    /// <summary>Gives a file back.</summary>
    public void RefundFile()
    {
        lock (gate) filesLeft++;
    }
}
