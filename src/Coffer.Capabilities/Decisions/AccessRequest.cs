using System.Net;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Decisions;

/// <summary>What a guest asks for: one use of authority. Lives on the stack, so that asking costs nothing.</summary>
public readonly ref struct AccessRequest
{
    /// <summary>What kind of authority it is.</summary>
    public required CapabilityKind Kind { get; init; }

    /// <summary>The function by which the guest asks, such as <c>path_open</c>.</summary>
    public required string Operation { get; init; }

    /// <summary>
    /// The grant behind the handle that the guest uses; null when it names something without one, and the set is
    /// searched.
    /// </summary>
    public Grant? Through { get; init; }

    /// <summary>For directories and files: what is to be done.</summary>
    public DirectoryAccess Access { get; init; }

    /// <summary>For paths: the directory they start from, as the guest sees it, in UTF-8.</summary>
    public ReadOnlySpan<byte> Base { get; init; }

    /// <summary>For paths: what the guest passed, in UTF-8; empty for the base itself.</summary>
    public ReadOnlySpan<byte> Path { get; init; }

    /// <summary>For all else: what the guest names, such as a variable, a clock or an address.</summary>
    public string? Name { get; init; }

    /// <summary>
    /// For the network: the address and port that are really going to be used or listened at; with a name in
    /// <see cref="Name"/> where the guest gave one. Without it nothing is allowed but looking up names and, as a first
    /// question before a name is resolved, HTTP requests.
    /// </summary>
    public IPEndPoint? EndPoint { get; init; }

    /// <summary>For HTTP requests: the URL as it will be sent, after any redirection.</summary>
    public Uri? Url { get; init; }

    /// <summary>For HTTP requests: the method.</summary>
    public string? Method { get; init; }

    /// <summary>Whether resolving the path has left the granted directory.</summary>
    public bool Escapes { get; init; }

    /// <summary>The resource as the guest names it.</summary>
    public string Resource
    {
        get
        {
            if (Url is not null) return $"{Method} {Url.OriginalString}";
            if (EndPoint is not null) return Name is null ? EndPoint.ToString() : $"{Name}:{EndPoint.Port}";
            return Name ?? GuestPaths.Combine(Base, Path);
        }
    }

    /// <summary>The same request, with the knowledge that its path leads outside.</summary>
    internal AccessRequest Escaping() => new()
    {
        Kind = Kind,
        Operation = Operation,
        Through = Through,
        Access = Access,
        Base = Base,
        Path = Path,
        Name = Name,
        EndPoint = EndPoint,
        Url = Url,
        Method = Method,
        Escapes = true,
    };
}
