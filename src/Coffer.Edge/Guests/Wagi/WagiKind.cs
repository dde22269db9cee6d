using Coffer.Edge.Apps;
using Coffer.Types;
using Coffer.Wasi;

namespace Coffer.Edge.Guests.Wagi;

/// <summary>Programs for WASI 0.1 that read a request and write an answer as CGI programs do (RFC 3875).</summary>
internal sealed class WagiKind : GuestKind
{
    private const string Start = "_start";

    public override string Name => "wagi";

    public override string Description => "a program for WASI 0.1 (imports of wasi_snapshot_preview1 alone, an export _start)";

    public override bool Recognizes(Module module)
    {
        foreach (var import in module.Imports)
        {
            if (!WasiOperations.Modules.Contains(import.Module) && import.Module != "wasi") return false;
        }

        foreach (var export in module.Exports)
        {
            if (export is { Kind: ExternalKind.Function, Name: Start }) return true;
        }

        return false;
    }

    public override GuestProgram Link(Module module, AppOptions options, GuestHost host)
    {
        var linker = WasiHost.AddFunctionsTo(new Linker());
        return new WagiProgram(linker.InstantiatePre(module), options, host);
    }
}
