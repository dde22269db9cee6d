using Coffer.Capabilities.Grants;
using Coffer.Capabilities.Network;

namespace Coffer.Capabilities.Decisions;

/// <summary>The smallest grant that would have allowed a request that was denied.</summary>
internal static class Remedies
{
    /// <summary>For a request that no grant covers; null where no grant would.</summary>
    public static Grant? For(in AccessRequest request) => request.Kind switch
    {
        CapabilityKind.Directory or CapabilityKind.File => ForPath(request.Resource, request.Access),
        CapabilityKind.StandardStream => StreamGrant.Parse(request.Name!),
        CapabilityKind.Clock => ClockGrant.Parse(request.Name!),
        CapabilityKind.Random => new RandomGrant(),
        CapabilityKind.Http => HttpGrant.For(request.Method, request.Url, request.EndPoint?.Address),
        CapabilityKind.NameLookup or CapabilityKind.TcpConnect or CapabilityKind.TcpListen or CapabilityKind.Udp =>
            ForNetwork(in request),
        _ => null,
    };

    /// <summary>The same grant with further access.</summary>
    public static Grant? Widen(Grant grant, DirectoryAccess access) => grant switch
    {
        DirectoryGrant { Source: DirectorySource.Archive } directory => directory with
        {
            Source = DirectorySource.Overlay,
            Access = directory.Access | access,
        },
        DirectoryGrant directory => directory with { Access = directory.Access | access },
        // A file cannot be made or removed by itself: that is done with its directory.
        FileGrant file when (access & ~FileGrant.AllAccess) != 0 =>
            new DirectoryGrant(Above(file.HostPath), Above(file.GuestPath)) { Access = file.Access | access },
        FileGrant file => file with { Access = file.Access | access },
        _ => null,
    };

    // What a guest names need not be a name; then there is nothing to grant.
    private static Grant? ForNetwork(in AccessRequest request)
    {
        var name = request.Name is { } given && HostName.ParseAddress(given) is null ? HostName.Normalize(given) : null;
        if (request.Kind == CapabilityKind.NameLookup)
        {
            return name is null ? null : new NameLookupGrant(HostPattern.Of(name, null));
        }

        if (request.EndPoint is not { } endPoint) return null;
        return request.Kind switch
        {
            CapabilityKind.TcpConnect => new TcpConnectGrant(EndPointPattern.Of(name, endPoint)),
            CapabilityKind.Udp => new UdpGrant(EndPointPattern.Of(name, endPoint)),
            _ => new TcpListenGrant(EndPointPattern.Of(null, endPoint)),
        };
    }

    // The directory that holds the file, under the same name as on the host: what the operator most likely means.
    private static DirectoryGrant ForPath(string path, DirectoryAccess access)
    {
        var directory = Above(GuestPaths.Normalize(path) ?? path);
        // Nobody means the whole host: a path beside the root is a relative one more often than not.
        return new DirectoryGrant(directory == "/" ? "." : directory, directory) { Access = access | DirectoryAccess.Read };
    }

    private static string Above(string path)
    {
        var slash = path.LastIndexOf('/');
        return slash switch
        {
            < 0 => ".",
            0 => "/",
            _ => path[..slash],
        };
    }
}
