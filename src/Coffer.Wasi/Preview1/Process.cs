using Coffer.Capabilities.Ambient;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;
using Coffer.Capabilities.Sources;

namespace Coffer.Wasi.Preview1;

/// <summary>proc_exit, proc_raise, sched_yield and random_get.</summary>
internal sealed class Process(Authority authority, RandomSource? real)
{
    private const int RandomChunk = 64 * 1024;
    private const int BytesPerFuel = 8;
    private RandomSource? random;

    /// <summary>Ends the guest by an exception that passes through its frames.</summary>
    public static void Exit(int code) => throw new ProcExitException((uint)code);

    /// <summary>There are no signals.</summary>
    public static Errno Raise() => Errno.NotSupported;

    public static Errno Yield()
    {
        Thread.Yield();
        return Errno.Success;
    }

    /// <summary>Fills a buffer piecewise, so that a guest that must stop does not first get gigabytes.</summary>
    public Errno GetRandom(Call call, int pointer, int length)
    {
        if (random is null && !TryOpen()) return Errno.NotSupported;
        if (!call.Memory.TryGet(pointer, length, out var destination)) return Errno.Fault;
        while (!destination.IsEmpty)
        {
            var chunk = destination[..Math.Min(destination.Length, RandomChunk)];
            call.Store.ThrowIfInterrupted();
            call.Store.ConsumeFuel(chunk.Length / BytesPerFuel);
            random!(chunk);
            destination = destination[chunk.Length..];
        }

        return Errno.Success;
    }

    private bool TryOpen()
    {
        if (!authority.Allows(CapabilityKind.Random, "random_get", "random")) return false;
        random = HostSources.Open(authority.Capabilities.Of<RandomGrant>()[0], real);
        return true;
    }
}
