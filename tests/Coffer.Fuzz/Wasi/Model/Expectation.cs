using System.Buffers.Binary;
using System.Text;
using Coffer.Capabilities.Files;

namespace Coffer.Fuzz.Wasi.Model;

/// <summary>What a call must come to: its error, and what it writes into the memory of the guest.</summary>
internal sealed class Expectation
{
    private readonly HashSet<Errno> errors = [];
    private readonly List<(long Start, byte[] Bytes)> writes = [];
    private readonly List<(long Start, long Length)> unknown = [];
    private bool allowsAnything, allowsAnyFailure;
    private (long Start, long Length, Dictionary<string, NodeKind> Names)? listing;

    /// <summary>Whether the model no longer knows what is in the file system, and the sequence ends.</summary>
    public bool EndsSequence { get; private init; }

    /// <summary>Success, after which the model no longer knows what is in the file system.</summary>
    public static Expectation LastSuccess() => new() { errors = { Errno.Success }, EndsSequence = true };

    /// <summary>One of these errors; which of several mistakes a call names is not laid down.</summary>
    public static Expectation Of(params IEnumerable<Errno> errors)
    {
        var result = new Expectation();
        foreach (var error in errors) result.errors.Add(error == Errno.Escape ? Errno.Permission : error);
        return result;
    }

    /// <summary>Any error, but not success.</summary>
    public static Expectation Failure() => new() { allowsAnyFailure = true };

    /// <summary>Whatever comes of it, the call writes only where it was told to.</summary>
    public static Expectation Unmodelled(IEnumerable<(long Start, long Length)> outputs)
    {
        var result = new Expectation { allowsAnything = true };
        result.unknown.AddRange(outputs);
        return result;
    }

    public Expectation Writes(long start, ReadOnlySpan<byte> bytes)
    {
        writes.Add((start, bytes.ToArray()));
        return this;
    }

    public Expectation Writes(long start, uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return Writes(start, bytes);
    }

    public Expectation Writes(long start, ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return Writes(start, bytes);
    }

    /// <summary>Something is written there that the model does not know, such as a time.</summary>
    public Expectation WritesSomething(long start, long length)
    {
        unknown.Add((start, length));
        return this;
    }

    /// <summary>The records of a directory are written there, in any order; the last may be cut off.</summary>
    public Expectation WritesEntries(long start, long length, Dictionary<string, NodeKind> names)
    {
        listing = (start, length, names);
        return WritesSomething(start, length);
    }

    /// <summary>How the outcome differs; null when it does not.</summary>
    public string? Differs(Errno actual, byte[] before, byte[] after)
    {
        if ((ushort)actual > (ushort)Errno.NotCapable) return $"{(ushort)actual} is no error number of WASI";
        var isAllowed = allowsAnything || (allowsAnyFailure ? actual != Errno.Success : errors.Contains(actual));
        if (!isAllowed) return $"{actual} instead of {(allowsAnyFailure ? "an error" : string.Join(" or ", errors))}";
        var expected = before.ToArray();
        if (actual == Errno.Success)
        {
            foreach (var (start, bytes) in writes) bytes.CopyTo(expected, start);
        }

        foreach (var (start, length) in unknown)
        {
            var end = Math.Min(start + length, after.Length);
            for (var i = start; i < end; i++) expected[i] = after[i];
        }

        var place = expected.AsSpan().CommonPrefixLength(after);
        if (place < after.Length)
        {
            return $"the memory at {place} is {after[place]:X2} instead of {expected[place]:X2} ({actual})";
        }

        return listing is { } list && actual == Errno.Success
            ? DiffersInEntries(after.AsSpan((int)list.Start, (int)list.Length), list.Names)
            : null;
    }

    private static string? DiffersInEntries(ReadOnlySpan<byte> rest, Dictionary<string, NodeKind> names)
    {
        const int header = 24;
        var missing = new Dictionary<string, NodeKind>(names);
        while (rest.Length >= header)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(rest[16..]);
            if (rest[21] != 0 || rest[22] != 0 || rest[23] != 0) return "the padding of a directory entry is not zero";
            if (length > rest.Length - header) return null;
            var name = Encoding.UTF8.GetString(rest.Slice(header, length));
            if (!missing.Remove(name, out var kind)) return $"the directory has no entry {name}, or it is listed twice";
            var type = kind switch
            {
                NodeKind.Folder => 3,
                NodeKind.File => 4,
                _ => 7,
            };
            if (rest[20] != type) return $"the entry {name} has type {rest[20]} instead of {type}";
            rest = rest[(header + length)..];
        }

        return null;
    }
}
