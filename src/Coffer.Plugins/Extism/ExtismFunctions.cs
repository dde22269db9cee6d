using System.Buffers.Binary;
using Microsoft.Extensions.Logging;

namespace Coffer.Plugins.Extism;

/// <summary>The functions of <c>extism:host/env</c>, for any number of sandboxes: each call is that of its caller's.</summary>
internal static class ExtismFunctions
{
    /// <summary>The module from which plugins import them.</summary>
    public const string Module = "extism:host/env";

    private static readonly (string Name, Func<Delegate> Make)[] All =
    [
        ("alloc", () => (Caller caller, long length) => MemoryOf(caller).Allocate(length)),
        ("free", () => (Caller caller, long offset) => MemoryOf(caller).Free(offset)),
        ("length", () => (Caller caller, long offset) => MemoryOf(caller).Length(offset)),
        ("length_unsafe", () => (Caller caller, long offset) => MemoryOf(caller).Length(offset)),
        ("load_u8", () => (Caller caller, long offset) => (int)MemoryOf(caller).Access(offset, 1)[0]),
        ("load_u64", () => (Caller caller, long offset) => BinaryPrimitives.ReadInt64LittleEndian(MemoryOf(caller).Access(offset, 8))),
        ("store_u8", () => (Caller caller, long offset, int value) => { MemoryOf(caller).Access(offset, 1)[0] = (byte)value; }),
        ("store_u64", () => (Caller caller, long offset, long value) =>
            BinaryPrimitives.WriteInt64LittleEndian(MemoryOf(caller).Access(offset, 8), value)),
        ("input_offset", () => (Caller caller) => KernelOf(caller).InputOffset),
        ("input_length", () => (Caller caller) => KernelOf(caller).InputLength),
        ("input_load_u8", () => (Caller caller, long offset) => (int)KernelOf(caller).ReadInput(offset, 1)),
        ("input_load_u64", () => (Caller caller, long offset) => KernelOf(caller).ReadInput(offset, 8)),
        ("output_set", () => (Caller caller, long offset, long length) => KernelOf(caller).SetOutput(offset, length)),
        ("error_set", () => (Caller caller, long offset) => KernelOf(caller).SetError(offset)),
        ("error_get", () => (Caller caller) => KernelOf(caller).Error),
        ("config_get", () => (Caller caller, long key) => KernelOf(caller).GetConfig(key)),
        ("var_get", () => (Caller caller, long key) => KernelOf(caller).GetVariable(key)),
        ("var_set", () => (Caller caller, long key, long value) => KernelOf(caller).SetVariable(key, value)),
        ("memory_bytes", () => (Caller caller) => MemoryOf(caller).LiveBytes),
        ("reset", () => (Caller caller) => KernelOf(caller).Clear()),
        ("http_request", () => (Caller caller, long request, long body) => HttpOf(caller).Send(caller, request, body)),
        ("http_status_code", () => (Caller caller) => HttpOf(caller).StatusCode),
        ("http_headers", () => (Caller caller) => HttpOf(caller).StoreHeaders()),
        ("get_log_level", () => (Caller caller) => ExtismKernel.LevelOf(PluginSandbox.Of(caller).Log.Level)),
        ("log_trace", () => Logging(LogLevel.Trace)),
        ("log_debug", () => Logging(LogLevel.Debug)),
        ("log_info", () => Logging(LogLevel.Information)),
        ("log_warn", () => Logging(LogLevel.Warning)),
        ("log_error", () => Logging(LogLevel.Error)),
    ];

    /// <summary>Defines all of them; each is made when a plugin first imports it.</summary>
    public static void AddTo(Linker linker)
    {
        foreach (var (name, make) in All) linker.DefineLazily(Module, name, make);
    }

    private static Action<Caller, long> Logging(LogLevel level) => (caller, message) =>
    {
        var sandbox = PluginSandbox.Of(caller);
        if (!sandbox.Log.IsEnabled(level)) return;
        if (sandbox.Log.HasRoomFor(sandbox.Kernel.Memory.Length(message))) sandbox.Log.Write(level, sandbox.Kernel.ReadText(message));
    };

    private static ExtismKernel KernelOf(Caller caller) => PluginSandbox.Of(caller).Kernel;

    private static ExtismMemory MemoryOf(Caller caller) => PluginSandbox.Of(caller).Kernel.Memory;

    private static ExtismHttp HttpOf(Caller caller)
    {
        var sandbox = PluginSandbox.Of(caller);
        return sandbox.Kernel.Http ??= new ExtismHttp(sandbox);
    }
}
