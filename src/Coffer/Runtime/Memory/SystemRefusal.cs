using System.Runtime.InteropServices;

namespace Coffer.Runtime;

/// <summary>Says what was asked of the system, what may be in the way, and which option would change it.</summary>
internal static class SystemRefusal
{
    public static ExhaustionException Exception(ulong bytes, string purpose) =>
        new(ExhaustionKind.System, Describe(bytes, purpose));

    /// <summary>To be called right after the refusal: it reads the last P/Invoke error.</summary>
    public static string Describe(ulong bytes, string purpose) =>
        $"the system refused {bytes} bytes for {purpose} (error {Marshal.GetLastPInvokeError()}, "
        + $"{MemoryRegion.LastSystemError}): {Causes()}";

    private static string Causes()
    {
        const string options = $"{nameof(MemoryOptions)}.{nameof(MemoryOptions.ReservationBytes)}, "
            + $"{nameof(MemoryOptions.Memory64ReservationBytes)} and {nameof(MemoryOptions.ArenaBytes)} set how much "
            + "address space is asked for";
        return OperatingSystem.IsLinux()
            ? "the address space may be limited (ulimit -v), the process may have too many mappings "
                + $"(vm.max_map_count), or memory may be committed strictly (vm.overcommit_memory = 2); {options}"
            : $"the process may be limited in address space or committed memory; {options}";
    }
}
