using Coffer.Edge.Apps;
using Coffer.Fastly;

namespace Coffer.Edge.Guests.Fastly;

/// <summary>Programs for Fastly Compute, with the backends and stores of their <c>fastly.toml</c>.</summary>
internal sealed class FastlyKind : GuestKind
{
    public override string Name => "fastly";

    public override string Description => "a program for Fastly Compute (imports of fastly_http_req and the like, an export _start)";

    public override bool Recognizes(Module module) => FastlyApplication.IsFastly(module);

    public override GuestProgram Link(Module module, AppOptions options, GuestHost host)
    {
        try
        {
            var configuration = options.FastlyManifest is { } path
                ? FastlyConfiguration.Read(Path.Combine(options.HostFolder ?? "", path))
                : FastlyConfiguration.Empty;
            return new FastlyProgram(FastlyApplication.Link(module), configuration, options, host) { Kind = Name };
        }
        catch (FastlyException exception)
        {
            throw new LinkException(exception.Message);
        }
    }
}
