using Coffer.Capabilities.Files;

namespace Coffer.Wasi.Preview1;

/// <summary>The guest's descriptors by number. The lowest free number is used next, as in POSIX.</summary>
internal sealed class DescriptorTable(int capacity) : IDisposable
{
    private readonly List<DescriptorEntry?> entries = [];
    private int lowestFree;
    private int atFirst = -1;
    private bool atFirstIsGone;

    /// <summary>Whether there are other descriptors than those that the guest began with.</summary>
    public bool HasChanged
    {
        get
        {
            var open = 0;
            foreach (var entry in entries) open += entry is null ? 0 : 1;
            return atFirstIsGone || open != atFirst;
        }
    }

    /// <summary>From now on descriptors are the guest's doing.</summary>
    public void BeginWithThese() => atFirst = entries.Count;

    /// <summary>The descriptor with a number, if it has the rights.</summary>
    public Errno Find(int number, Rights needed, out DescriptorEntry entry)
    {
        entry = (uint)number < (uint)entries.Count ? entries[number]! : null!;
        if (entry is null) return Errno.BadDescriptor;
        return (entry.Rights & needed) == needed ? Errno.Success : Errno.NotCapable;
    }

    /// <summary>The file with a number. A directory is refused as a descriptor of the wrong kind.</summary>
    public Errno FindFile(int number, Rights needed, out DescriptorEntry entry)
    {
        var error = Find(number, Rights.None, out entry);
        if (error != Errno.Success) return error;
        if (entry.File is null) return Errno.BadDescriptor;
        return (entry.Rights & needed) == needed ? Errno.Success : Errno.NotCapable;
    }

    /// <summary>The directory with a number.</summary>
    public Errno FindDirectory(int number, Rights needed, out DescriptorEntry entry)
    {
        var error = Find(number, Rights.None, out entry);
        if (error != Errno.Success) return error;
        if (entry.Directory is null) return Errno.NotDirectory;
        return (entry.Rights & needed) == needed ? Errno.Success : Errno.NotCapable;
    }

    /// <summary>Whether a number still stands for a file, after others may have closed it.</summary>
    public bool Holds(int number, FileHandle file) =>
        (uint)number < (uint)entries.Count && ReferenceEquals(entries[number]?.File, file);

    /// <summary>Whether another descriptor may be opened.</summary>
    public bool HasRoom => NextNumber() < capacity;

    /// <summary>Gives a descriptor the lowest free number. Ask <see cref="HasRoom"/> before opening anything.</summary>
    public int Add(DescriptorEntry entry)
    {
        var number = NextNumber();
        if (number == entries.Count) entries.Add(entry);
        else entries[number] = entry;
        lowestFree = number + 1;
        return number;
    }

    public Errno Close(int number)
    {
        var error = Find(number, Rights.None, out var entry);
        if (error != Errno.Success) return error;
        Free(number);
        entry.Dispose();
        return Errno.Success;
    }

    /// <summary>Moves a descriptor to the number of another, which is closed. Both must exist.</summary>
    public Errno Renumber(int from, int to)
    {
        var error = Find(from, Rights.None, out var moved);
        if (error != Errno.Success) return error;
        error = Find(to, Rights.None, out var closed);
        if (error != Errno.Success) return error;
        if (from == to) return Errno.Success;
        atFirstIsGone |= to < atFirst;
        entries[to] = moved;
        Free(from);
        closed.Dispose();
        return Errno.Success;
    }

    public void Dispose()
    {
        foreach (var entry in entries) entry?.Dispose();
        entries.Clear();
        lowestFree = 0;
    }

    private void Free(int number)
    {
        atFirstIsGone |= number < atFirst;
        entries[number] = null;
        lowestFree = Math.Min(lowestFree, number);
    }

    private int NextNumber()
    {
        while (lowestFree < entries.Count && entries[lowestFree] is not null) lowestFree++;
        return lowestFree;
    }
}
