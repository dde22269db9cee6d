using System.Collections.Concurrent;
using Coffer.Edge.Apps;
using Coffer.Edge.Limits;
using Coffer.Wasi;
using Microsoft.Extensions.Logging;

namespace Coffer.Edge.Guests.Wagi;

/// <summary>
/// A program that answers each request by running from its start to its end: in a sandbox of its own, or, where that was chosen, in one
/// that served other requests before.
/// </summary>
internal sealed partial class WagiProgram(InstancePre module, CgiEntry entry, AppOptions options, GuestHost host) : GuestProgram
{
    private readonly ConcurrentStack<Sandbox> idle = new();
    private volatile bool isOver;

    public override void Run(GuestCall call)
    {
        var output = new CgiOutput(call);
        var sandbox = Take(call);
        var isSound = false;
        try
        {
            using var wasi = new WasiHost(WasiOptionsOf(call, output));
            wasi.Attach(sandbox.Store);
            sandbox.Instance ??= call.Instantiate(module, sandbox.Store);
            RunToEnd(wasi, sandbox, call, output);
            output.Complete();
            isSound = true;
        }
        finally
        {
            Give(call, sandbox, isSound);
        }
    }

    public override GuestProgram LinkAgain(AppOptions options, GuestHost host) => new WagiProgram(module, entry, options, host) { Kind = Kind };

    public override void Dispose()
    {
        isOver = true;
        while (idle.TryPop(out var sandbox)) sandbox.Store.Dispose();
        base.Dispose();
    }

    private Sandbox Take(GuestCall call)
    {
        if (options.RequestsPerInstance == 1 || !idle.TryPop(out var sandbox)) return new Sandbox(call.OpenStore(module.Module.Engine));
        if (options.Limits.Fuel is { } fuel) sandbox.Store.Fuel = fuel;
        call.Enter(sandbox.Store);
        return sandbox;
    }

    // What has failed in any way serves nobody else.
    private void Give(GuestCall call, Sandbox sandbox, bool isSound)
    {
        if (!isSound || ++sandbox.Requests >= options.RequestsPerInstance || isOver)
        {
            call.CloseStore(sandbox.Store);
            return;
        }

        call.Leave(sandbox.Store);
        // What would have ended the guest may have come when it had just ended by itself, and must not end the next one.
        if (call.IsEnded)
        {
            sandbox.Store.Dispose();
            return;
        }

        idle.Push(sandbox);
        if (isOver && idle.TryPop(out var late)) late.Store.Dispose();
    }

    private void RunToEnd(WasiHost wasi, Sandbox sandbox, GuestCall call, CgiOutput output)
    {
        uint code;
        try
        {
            code = entry.Run(wasi, sandbox.Instance!, isFirst: sandbox.Requests == 0);
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
        Capabilities = options.Capabilities,
        Quotas = options.Quotas,
        HostFolder = options.HostFolder,
        RootWitness = false,
        Audit = host.Audit,
        RealClock = host.Time,
        Variables = () => new MetaVariables(call).Make(),
        StandardInput = call.Body,
        StandardOutput = output,
        StandardError = call.Log,
    };

    [LoggerMessage(1320, LogLevel.Warning, "request {RequestId}: the program answered, and exited with code {Code}")]
    private static partial void LogExitCode(ILogger logger, string requestId, uint code);

    private sealed class Sandbox(Store store)
    {
        public Store Store { get; } = store;

        public Instance? Instance { get; set; }

        public int Requests { get; set; }
    }
}
