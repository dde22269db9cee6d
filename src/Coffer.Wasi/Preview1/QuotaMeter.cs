using Coffer.Capabilities;
using Coffer.Capabilities.Files;

namespace Coffer.Wasi.Preview1;

/// <summary>What a quota counts over the life of a guest.</summary>
internal enum MeteredBytes
{
    Output,
    Written,
    Sent,
}

/// <summary>Counts what a guest writes against its quotas, before it is written.</summary>
internal sealed class QuotaMeter(Quotas quotas, Authority authority)
{
    private static readonly string[] Keys = ["outputBytes", "writtenBytes", "sentBytes"];
    private readonly long?[] limits = [quotas.OutputBytes, quotas.WrittenBytes, quotas.SentBytes];
    private readonly long[] used = new long[3];
    private readonly HashSet<string> recorded = [];
    private readonly Lock recording = new();

    /// <summary>The quotas.</summary>
    public Quotas Quotas => quotas;

    /// <summary>
    /// Charges as much of some bytes as the quota still allows, of a write at least one; none left is an error, of which the
    /// first is recorded.
    /// </summary>
    public Errno Charge(MeteredBytes kind, string operation, DescriptorEntry entry, long wanted, out long granted)
    {
        granted = wanted;
        if (limits[(int)kind] is not { } limit || wanted == 0) return Errno.Success;
        granted = Math.Min(wanted, limit - used[(int)kind]);
        used[(int)kind] += granted;
        if (granted > 0) return Errno.Success;
        Record(Keys[(int)kind], operation, entry);
        return Errno.DiskQuota;
    }

    /// <summary>What may be made in all directories; null for any number.</summary>
    public DirectoryQuota? Files { get; } = DirectoryQuota.Create(null, quotas.Files);

    /// <summary>Charges a file, directory or link that is about to be made.</summary>
    public Errno ChargeFile(string operation) => Report(operation, Files?.ChargeFile() ?? Errno.Success);

    /// <summary>Takes a file back that was not made after all.</summary>
    public Errno SettleFile(Errno outcome)
    {
        if (outcome != Errno.Success) Files?.RefundFile();
        return outcome;
    }

    /// <summary>Records that no more files may be made, when that is why something failed.</summary>
    public Errno Report(string operation, Errno outcome)
    {
        if (outcome == Errno.DiskQuota && Files is { HasFilesLeft: false }) Record("files", operation, null);
        return outcome;
    }

    /// <summary>Charges some bytes or none.</summary>
    public Errno ChargeAll(MeteredBytes kind, string operation, DescriptorEntry entry, long wanted)
    {
        var error = Charge(kind, operation, entry, wanted, out var granted);
        if (error != Errno.Success || granted == wanted) return error;
        Refund(kind, granted);
        Record(Keys[(int)kind], operation, entry);
        return Errno.DiskQuota;
    }

    /// <summary>Takes back what was charged and not written after all.</summary>
    public void Refund(MeteredBytes kind, long bytes) => used[(int)kind] -= bytes;

    /// <summary>Records that a quota was reached, once for each. Threads that ask for another one hold nothing.</summary>
    public void Record(string quota, string operation, DescriptorEntry? entry)
    {
        lock (recording)
        {
            if (!recorded.Add(quota)) return;
        }

        authority.RecordQuota(quota, quotas, operation, entry);
    }
}
