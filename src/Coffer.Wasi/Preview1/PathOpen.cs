using System.Runtime.CompilerServices;
using System.Text;
using Coffer.Capabilities.Decisions;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Wasi.Preview1;

/// <summary>path_open.</summary>
internal sealed class PathOpen(WasiState state)
{
    private readonly DescriptorTable descriptors = state.Descriptors;
    private readonly Authority authority = state.Authority;
    private const string Operation = "path_open";
    private const int FollowSymlink = 1;
    private const int Create = 1, Directory = 2, Exclusive = 4, Truncate = 8;

    [SkipLocalsInit]
    public Errno Open(
        Memory memory, int number, int lookup, int pointer, int length, int openFlags, long rights, long inheriting,
        int flags, int resultPointer)
    {
        Span<byte> buffer = stackalloc byte[GuestPath.Capacity];
        var needed = Rights.PathOpen
            | ((openFlags & Create) != 0 ? Rights.PathCreateFile : 0)
            | ((openFlags & Truncate) != 0 ? Rights.PathFilestatSetSize : 0);
        var error = descriptors.FindDirectory(number, needed, out var parent);
        if (error != Errno.Success) return error;
        error = Paths.Copy(memory, pointer, length, buffer, out var path);
        if (error is not (Errno.Success or Errno.Escape)) return error;
        if (!TryRead(lookup, openFlags, (Rights)rights, (DescriptorFlags)flags, out var request)) return Errno.Invalid;
        if (error == Errno.Escape) return authority.RefuseAbsolute(Operation, parent, path, request.Access);
        // What can fail afterwards fails first: an opened file that the guest cannot name would be lost.
        if (!memory.TryGet(resultPointer, sizeof(uint), out _)) return Errno.Fault;
        if (!state.HasRoom(Operation)) return Errno.DescriptorLimit;
        error = Open(parent, path, request, out var rule, out var file, out var directory);
        if (error != Errno.Success) return error;
        var baseRights = (Rights)rights & parent.Inheriting;
        var guestPath = Join(parent, path.Bytes);
        var entry = file is not null
            ? new DescriptorEntry(file, baseRights & (file.Type == FileType.RegularFile ? Rights.File : Rights.Stream))
            {
                Grant = rule,
                GuestPath = guestPath,
            }
            : new DescriptorEntry(directory!, baseRights & Rights.Directory, (Rights)inheriting & parent.Inheriting)
            {
                Grant = parent.Grant ?? GrantOf(rule, guestPath),
                GuestPath = guestPath,
            };
        entry.Flags = (DescriptorFlags)flags;
        return memory.Store(resultPointer, (uint)descriptors.Add(entry));
    }

    private Errno Open(
        DescriptorEntry parent, GuestPath path, OpenRequest request,
        out Grant? rule, out FileHandle? file, out DirectoryHandle? directory)
    {
        file = null;
        directory = null;
        // Programs say "create" of files that they know to exist. Where creating is not granted, that alone must not
        // fail: only a file that is missing needs it.
        var mayExist = request is { Create: true, Exclusive: false }
            && (parent.Directory!.Access & DirectoryAccess.Create) == 0;
        var attempt = mayExist ? request with { Create = false } : request;
        // Without a grant of the directory the file itself decides, and what was refused is on record as it was asked. So
        // is what is refused of a file that is missing: who grants writing alone would be asked once more, to create.
        var isAsked = parent.Grant is null || (mayExist && IsMissing(parent.Directory!, path, request, attempt.Access));
        var access = isAsked ? request.Access : attempt.Access;
        var error = authority.Begin(Operation, parent, path, access, out var use);
        rule = use.Rule;
        if (error != Errno.Success) return error;
        error = state.Quotas.Report(
            Operation, parent.Directory!.Open(path, attempt, state.Quotas.Files, out file, out directory));
        if (mayExist && directory is not null)
        {
            directory.Dispose();
            directory = null;
            error = Errno.IsDirectory;
        }

        if (mayExist && error == Errno.NotFound && parent.Grant is not null)
        {
            return authority.Begin(Operation, parent, path, request.Access, out _);
        }

        return authority.Conclude(in use, error);
    }

    // Whether a file that will be refused is not known to be there.
    private static bool IsMissing(DirectoryHandle directory, GuestPath path, in OpenRequest request, DirectoryAccess access) =>
        (access & ~directory.Access) != 0
        && directory.GetStatus(path, request.FollowFinal, out _) != Errno.Success;

    // A granted directory that was found where the guest looked for it. What only lies on the way to one has no grant.
    private static DirectoryGrant? GrantOf(Grant? rule, byte[] guestPath) =>
        rule is DirectoryGrant directory && directory.IsAt(Encoding.UTF8.GetString(guestPath)) ? directory : null;

    private static byte[] Join(DescriptorEntry parent, ReadOnlySpan<byte> path)
    {
        var directory = parent.GuestPath.AsSpan();
        var needsSlash = directory.Length > 0 && directory[^1] != '/';
        var joined = new byte[directory.Length + (needsSlash ? 1 : 0) + path.Length];
        directory.CopyTo(joined);
        if (needsSlash) joined[directory.Length] = (byte)'/';
        path.CopyTo(joined.AsSpan(joined.Length - path.Length));
        return GuestPaths.Bound(joined, hasLinks: parent.Grant is not null);
    }

    private static bool TryRead(
        int lookup, int openFlags, Rights rights, DescriptorFlags flags, out OpenRequest request)
    {
        var directory = (openFlags & Directory) != 0;
        request = new OpenRequest
        {
            FollowFinal = (lookup & FollowSymlink) != 0,
            Create = (openFlags & Create) != 0,
            Exclusive = (openFlags & Exclusive) != 0,
            Truncate = (openFlags & Truncate) != 0,
            Directory = directory,
            Read = (rights & (Rights.FdRead | Rights.FdReaddir)) != 0,
            Write = (rights & Rights.Writing) != 0,
            Append = !directory && (flags & DescriptorFlags.Append) != 0,
            DataSync = (flags & DescriptorFlags.DataSync) != 0,
            Sync = (flags & (DescriptorFlags.Sync | DescriptorFlags.ReadSync)) != 0,
        };
        var contradictory = directory && (request.Create || request.Truncate);
        return !contradictory && (openFlags & ~15) == 0 && (flags & ~DescriptorFlags.All) == 0;
    }
}
