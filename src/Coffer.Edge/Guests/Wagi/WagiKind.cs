using Coffer.Edge.Apps;
using Coffer.Wasi;

namespace Coffer.Edge.Guests.Wagi;

/// <summary>Programs for WASI 0.1 that read a request and write an answer as CGI programs do (RFC 3875).</summary>
internal sealed class WagiKind : GuestKind
{
    // One for all apps: what is in it belongs to no guest, and there are ninety functions.
    private static readonly Linker Functions = WasiHost.AddFunctionsTo(new Linker());

    public override string Name => "wagi";

    public override string Description => "a program for WASI 0.1 (imports of wasi_snapshot_preview1 alone, and an export _start, or handle for one that serves many requests)";

    public override bool Recognizes(Module module)
    {
        foreach (var import in module.Imports)
        {
            if (!WasiOperations.Modules.Contains(import.Module) && import.Module != "wasi") return false;
        }

        return CgiEntry.Of(module) is not null;
    }

    public override GuestProgram Link(Module module, AppOptions options, GuestHost host)
    {
        var linked = Functions.InstantiatePre(module);
        var entry = CgiEntry.Of(module)!;
        if (options.RequestsPerInstance > 1) ReuseProbe.Check(linked, entry, options.Limits);
        return new WagiProgram(linked, entry, options, host) { Kind = Name };
    }
}
