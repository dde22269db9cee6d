using Coffer.Edge.Apps;
using Coffer.Edge.Limits;
using Coffer.Wasi;
using Microsoft.Extensions.Logging;

namespace Coffer.Edge.Guests.Wagi;

/// <summary>A program that answers each request by running from its start to its end, in a sandbox of its own.</summary>
internal sealed partial class WagiProgram(InstancePre module, AppOptions options, GuestHost host) : GuestProgram
{
    public override void Run(GuestCall call)
    {
        var output = new CgiOutput(call);
        var store = call.OpenStore(module.Module.Engine);
        try
        {
            using var wasi = new WasiHost(WasiOptionsOf(call, output));
            wasi.Attach(store);
            RunToEnd(wasi, module.Instantiate(store), call, output);
            output.Complete();
        }
        finally
        {
            call.CloseStore(store);
        }
    }

    private static void RunToEnd(WasiHost wasi, Instance instance, GuestCall call, CgiOutput output)
    {
        uint code;
        try
        {
            code = wasi.Run(instance);
        }
        catch (CofferException)
        {
            // What it wrote may be why it was ended.
            output.ThrowIfBad();
            throw;
        }

        output.ThrowIfBad();
        if (code == 0) return;
        // As with other servers, an answer that is whole counts whatever the program thinks of itself.
        if (!output.HasHeaders) throw new GuestFault(FaultKind.Trap, $"the program exited with code {code} before it wrote an answer");
        LogExitCode(call.App.Logger, call.RequestId, code);
    }

    private WasiOptions WasiOptionsOf(GuestCall call, CgiOutput output) => new()
    {
        ProgramName = call.App.Name,
        Run = call.RequestId,
        Audit = host.Audit,
        Capabilities = options.Capabilities,
        Quotas = options.Quotas,
        HostFolder = options.HostFolder,
        RootWitness = false,
        Variables = new MetaVariables(call).List,
        StandardInput = call.Body,
        StandardOutput = output,
        StandardError = call.Log,
    };

    [LoggerMessage(1320, LogLevel.Warning, "request {RequestId}: the program answered, and exited with code {Code}")]
    private static partial void LogExitCode(ILogger logger, string requestId, uint code);
}
