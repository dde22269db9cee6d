using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Coffer.Capabilities.Files;

namespace Coffer.Capabilities.Ambient;

/// <summary>
/// Unpredictable numbers of the system: of the kernel itself where it can be asked. The platform's own way there loads a
/// library of cryptography, which takes longer than many programs run that want sixteen bytes for a hash table.
/// </summary>
internal static class HostRandom
{
    /// <summary>Fills a buffer.</summary>
    public static void Fill(Span<byte> destination)
    {
        while (Libc.IsSupported && !destination.IsEmpty)
        {
            var count = Libc.GetRandom(destination);
            if (count > 0) destination = destination[(int)count..];
            else if (count == 0 || LinuxError.Last != Errno.Interrupted) break;
        }

        if (!destination.IsEmpty) FillByThePlatform(destination);
    }

    // By itself, so that the library is loaded where it is used.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void FillByThePlatform(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
}
