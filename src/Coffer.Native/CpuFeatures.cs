using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Coffer.Native;

/// <summary>
/// What a processor has beyond the least that .NET needs, by the names that crossgen2 gives to groups of it.
/// </summary>
internal static class CpuFeatures
{
    /// <summary>The groups that this processor has and native code may use.</summary>
    public static IReadOnlyList<string> Here { get; } =
    [
        .. new (string Name, bool IsHere)[]
        {
            ("avx2", Avx2.IsSupported && Bmi2.IsSupported && Fma.IsSupported && Lzcnt.IsSupported),
            ("avx512", Avx512F.IsSupported && Avx512BW.IsSupported && Avx512CD.IsSupported && Avx512DQ.IsSupported),
            ("avx512v2", Avx512Vbmi.IsSupported),
            ("crc", Crc32.IsSupported),
            ("dotprod", Dp.IsSupported),
            ("rdma", Rdm.IsSupported),
        }.Where(feature => feature.IsHere).Select(feature => feature.Name),
    ];
}
