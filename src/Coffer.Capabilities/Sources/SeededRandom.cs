using System.Buffers.Binary;

namespace Coffer.Capabilities.Sources;

/// <summary>
/// Random bytes that are the same for the same seed, in every version of the platform: SplitMix64
/// (Steele, Lea, Flood 2014). Not for secrets. Safe for any number of threads.
/// </summary>
internal sealed class SeededRandom(ulong seed)
{
    private readonly Lock gate = new();
    private ulong state = seed;

    public void Fill(Span<byte> destination)
    {
        lock (gate)
        {
            Span<byte> last = stackalloc byte[sizeof(ulong)];
            while (destination.Length >= sizeof(ulong))
            {
                BinaryPrimitives.WriteUInt64LittleEndian(destination, Next());
                destination = destination[sizeof(ulong)..];
            }

            BinaryPrimitives.WriteUInt64LittleEndian(last, Next());
            last[..destination.Length].CopyTo(destination);
        }
    }

    private ulong Next()
    {
        state += 0x9E37_79B9_7F4A_7C15;
        var mixed = (state ^ (state >> 30)) * 0xBF58_476D_1CE4_E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB;
        return mixed ^ (mixed >> 31);
    }
}
