using Microsoft.Extensions.Logging;

namespace Coffer.ProxyWasm.Abi;

/// <summary>Contexts, the log, the clock and the timer.</summary>
internal static class ContextFunctions
{
    // From trace to critical, as the ABI numbers them.
    private static readonly LogLevel[] Levels =
        [LogLevel.Trace, LogLevel.Debug, LogLevel.Information, LogLevel.Warning, LogLevel.Error, LogLevel.Critical];

    public static void Define(HostFunctions host)
    {
        host.Is("proxy_done", call => call.Vm.TryFinishLater(call.Context) ? ProxyStatus.Ok : ProxyStatus.NotFound);
        host.Is("proxy_set_effective_context", SetEffectiveContext);
        host.Is("proxy_log", Log);
        host.Is("proxy_get_log_level", (call, result) =>
            call.TryWrite(result, Array.IndexOf(Levels, call.Root.Log.Level) is >= 0 and var level ? level : Levels.Length - 1)
                ? ProxyStatus.Ok
                : ProxyStatus.InvalidMemoryAccess);
        host.Is("proxy_get_current_time_nanoseconds", (call, result) =>
            call.TryWrite(result, (call.Vm.Host.Time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100)
                ? ProxyStatus.Ok
                : ProxyStatus.InvalidMemoryAccess);
        host.Is("proxy_set_tick_period_milliseconds", (call, period) =>
        {
            call.Root.Timer.Set((uint)period);
            return ProxyStatus.Ok;
        });
    }

    private static ProxyStatus SetEffectiveContext(HostCall call, int id)
    {
        if (call.Vm.Find(id) is not { } context) return ProxyStatus.BadArgument;
        call.Vm.Effective = context;
        return ProxyStatus.Ok;
    }

    private static ProxyStatus Log(HostCall call, int level, int pointer, int size)
    {
        if ((uint)level >= (uint)Levels.Length) return ProxyStatus.BadArgument;
        if (!call.TryRead(pointer, size, out var message)) return ProxyStatus.InvalidMemoryAccess;
        call.Root.Log.Write(Levels[level], message);
        return ProxyStatus.Ok;
    }
}
