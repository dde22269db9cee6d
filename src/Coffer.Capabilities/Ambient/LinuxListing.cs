using Coffer.Capabilities.Files;

namespace Coffer.Capabilities.Ambient;

/// <summary>
/// Lists a directory. What the kernel gave beyond what the guest had room for is kept for the call that goes on from
/// there, which is what guests do: neither is the position set again nor anything read twice.
/// </summary>
internal sealed class LinuxListing(Descriptor descriptor)
{
    private const int BufferBytes = 8192;

    private readonly Lock gate = new();
    private byte[]? buffer;
    private int start;
    private int end;
    private ulong position;
    private bool hasBegun;

    public Errno Read(ulong cookie, ref DirectoryEntryWriter writer)
    {
        lock (gate)
        {
            buffer ??= new byte[BufferBytes];
            // From the beginning means anew: what was kept may be out of date.
            if (cookie == 0 || cookie != position)
            {
                // ext4 takes the place of the very first reading for the beginning, and would never list what lies before.
                if (cookie != 0 && !hasBegun && Libc.GetEntries(descriptor.Number, buffer) < 0) return LinuxError.Last;
                hasBegun |= cookie != 0;
                if (Libc.Seek(descriptor.Number, unchecked((long)cookie), 0) < 0) return LinuxError.Last;
                (start, end, position) = (0, 0, cookie);
            }

            while (!writer.IsFull)
            {
                if (start == end)
                {
                    var count = Libc.GetEntries(descriptor.Number, buffer);
                    hasBegun = true;
                    if (count < 0) return LinuxError.Last;
                    if (count == 0) return Errno.Success;
                    (start, end) = (0, count);
                }

                var entry = new LinuxDirectoryEntry(buffer.AsSpan(start, end - start));
                if (!writer.TryAdd(entry.Next, InodeOf(entry), entry.Type, entry.Name)) return Errno.Success;
                position = entry.Next;
                start += entry.RecordLength;
            }

            return Errno.Success;
        }
    }

    /// <summary>
    /// The parent of a granted directory is outside: its number is the guest's business only below the root.
    /// </summary>
    private ulong InodeOf(in LinuxDirectoryEntry entry)
    {
        if (!entry.Name.SequenceEqual(".."u8)) return entry.Inode;
        return LinuxStatus.Get(descriptor.Number, [], out var status) == Errno.Success ? status.Inode : 0;
    }
}
