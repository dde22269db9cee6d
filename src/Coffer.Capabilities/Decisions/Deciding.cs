using System.Collections.Immutable;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Decisions;

/// <summary>The parts of a decision that are not on the path of every operation: the search, and the refusal.</summary>
internal static class Deciding
{
    // What stands for "nothing was granted here, and that may be known".
    private static readonly DirectoryGrant Nothing =
        new("", "/") { Source = DirectorySource.Memory, Access = DirectoryAccess.Read };

    /// <summary>Looks for a grant that allows a request made without a handle that has one.</summary>
    public static Decision Search(CapabilitySet set, in AccessRequest request)
    {
        if (request.Kind is CapabilityKind.Directory or CapabilityKind.File) return SearchPath(set, in request);
        foreach (var grant in set.Grants)
        {
            if (grant.Kind == request.Kind && Covers(grant, in request)) return Decision.Allowed(grant);
        }

        return Refuse(set, null, in request);
    }

    // A granted file may be used as granted. Whatever lies on the way to something granted may be looked at.
    private static Decision SearchPath(CapabilitySet set, in AccessRequest request)
    {
        var path = request.Escapes ? null : GuestPaths.Normalize(request.Resource);
        if (path is null) return Denied(DenialReason.OutsideGrant, Nearest(set, null, request.Kind), null);
        Grant? way = path == "/" ? Nothing : null;
        foreach (var grant in set.Grants)
        {
            var place = grant switch
            {
                FileGrant file => GuestPaths.Normalize(file.GuestPath),
                DirectoryGrant directory => GuestPaths.Normalize(directory.GuestPath),
                _ => null,
            };
            if (place is null || !GuestPaths.Holds(path, place)) continue;
            if (grant is FileGrant granted && place == path)
            {
                var needed = Needed(request.Access);
                return (needed & ~granted.Access) == 0 ? Decision.Allowed(grant) : Refuse(set, grant, in request, needed);
            }

            // The nearest to the path says most.
            if (way is null || way == Nothing || place == path) way = grant;
        }

        return way is not null && request.Access == DirectoryAccess.Read
            ? Decision.Allowed(way)
            : Refuse(set, null, in request);
    }

    // The file is there: who says "create and write" of it, as programs do, only writes.
    private static DirectoryAccess Needed(DirectoryAccess access) => (access & DirectoryAccess.Write) != 0
        ? access & ~DirectoryAccess.Create
        : access;

    /// <summary>A refusal, with what the guest has instead and what would allow it.</summary>
    public static Decision Refuse(CapabilitySet set, Grant? grant, in AccessRequest request) =>
        Refuse(set, grant, in request, request.Access);

    private static Decision Refuse(CapabilitySet set, Grant? grant, in AccessRequest request, DirectoryAccess needed)
    {
        if (request.Escapes) return Denied(DenialReason.OutsideGrant, Nearest(set, grant, request.Kind), null);
        return grant is null
            ? Denied(DenialReason.NotGranted, Nearest(set, null, request.Kind), Remedies.For(in request))
            : Denied(DenialReason.AccessNotGranted, Nearest(set, grant, request.Kind), Remedies.Widen(grant, needed));
    }

    private static Decision Denied(DenialReason reason, ImmutableArray<Grant> nearest, Grant? remedy) =>
        Decision.Denied(new Denial(reason, nearest, remedy is { HasText: true } ? remedy : null));

    private static bool Covers(Grant grant, in AccessRequest request) => grant switch
    {
        EnvironmentGrant variable => variable.Name == request.Name,
        StreamGrant stream => StreamGrant.NameOf(stream.Stream) == request.Name,
        ClockGrant clock => ClockGrant.NameOf(clock.Clock) == request.Name,
        ArgumentGrant or RandomGrant => true,
        TcpConnectGrant connect => connect.Target.Matches(request.Name, request.EndPoint),
        TcpListenGrant listen => listen.Target.Matches(null, request.EndPoint),
        UdpGrant udp => udp.Target.Matches(request.Name, request.EndPoint),
        NameLookupGrant lookup => request.Name is not null && lookup.Host.MatchesName(request.Name),
        HttpGrant http => http.Allows(request.Method, request.Url, request.EndPoint?.Address),
        _ => false,
    };

    private static ImmutableArray<Grant> Nearest(CapabilitySet set, Grant? first, CapabilityKind kind)
    {
        var isPath = kind is CapabilityKind.Directory or CapabilityKind.File;
        var others = set.Grants.Where(grant => grant.Kind == kind || (isPath && grant is DirectoryGrant or FileGrant));
        return first is null ? [.. others] : [first, .. others.Where(grant => !ReferenceEquals(grant, first))];
    }
}
