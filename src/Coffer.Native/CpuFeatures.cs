using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Coffer.Native;

/// <summary>
/// What a processor has beyond the least that .NET needs, by the names that crossgen2 gives to groups of it.
/// </summary>
internal static class CpuFeatures
{
    private static readonly bool IsX86 = RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86;

    private static readonly string[] Known = IsX86
        ? ["avx2", "avx512", "avx512v2", "avx512v3", "avx10v1", "avx10v2", "avxvnni", "gfni"]
        : ["crc", "dotprod", "rdma"];

    /// <summary>The groups that this processor has and native code may use.</summary>
    public static IReadOnlyList<string> Here { get; } = Array.FindAll(Known, IsX86 ? X86Features.Has : HasArm);

    /// <summary>
    /// What crossgen2 is told for code that may use some groups: also which ones it may not. It takes some of those for
    /// granted of which it is told nothing, and the runtime then refuses each function that uses one.
    /// </summary>
    public static string ToInstructionSet(IEnumerable<string> features)
    {
        var used = features.ToList();
        return string.Join(',', used.Concat(Known.Except(used).Select(name => "-" + name)));
    }

    private static bool HasArm(string name) => name switch
    {
        "crc" => Crc32.IsSupported,
        "dotprod" => Dp.IsSupported,
        _ => Rdm.IsSupported,
    };
}

/// <summary>
/// The groups of an x86 processor, from its own word (CPUID) and not from the platform's: code that asks the latter for
/// anything beyond the least is made when a program starts, by a compiler that must be loaded first. The runtime compares
/// what code uses with what it found itself, so that an error here costs time and nothing else.
/// </summary>
internal static class X86Features
{
    private const int Avx = 1 << 28, Fma = 1 << 12, SystemSavesVectors = 1 << 27, Lzcnt = 1 << 5;
    private const int Avx2 = (1 << 5) | (1 << 3) | (1 << 8); // with BMI1 and BMI2
    private const int Avx512 = (1 << 16) | (1 << 17) | (1 << 28) | (1 << 30) | (1 << 31); // F, DQ, CD, BW, VL
    private const int Avx512Ifma = 1 << 21, Avx512Vbmi = 1 << 1, Gfni = 1 << 8;
    private const int Avx512V3 = (1 << 6) | (1 << 11) | (1 << 12) | (1 << 14); // VBMI2, VNNI, BITALG, VPOPCNTDQ
    private const int AvxVnni = 1 << 4, Avx10 = 1 << 19;

    /// <summary>Whether this processor has a group.</summary>
    public static bool Has(string name) => name switch
    {
        "avx2" => HasAvx2,
        "avx512" => HasAvx512,
        "avx512v2" => HasAvx512 && Has(Features.Ebx, Avx512Ifma) && Has(Features.Ecx, Avx512Vbmi),
        "avx512v3" => HasAvx512 && Has(Features.Ebx, Avx512Ifma) && Has(Features.Ecx, Avx512Vbmi | Avx512V3),
        "avx10v1" => Avx10Version >= 1,
        "avx10v2" => Avx10Version >= 2,
        "avxvnni" => HasAvx2 && Has(MoreFeatures.Eax, AvxVnni),
        _ => Has(Features.Ecx, Gfni),
    };

    private static (int Eax, int Ebx, int Ecx, int Edx) Features => Ask(7, 0);

    private static (int Eax, int Ebx, int Ecx, int Edx) MoreFeatures => Features.Eax >= 1 ? Ask(7, 1) : default;

    private static bool HasAvx2 => Has(Ask(1, 0).Ecx, Avx | Fma | SystemSavesVectors) && Has(Features.Ebx, Avx2)
        && Has(X86Base.CpuId(unchecked((int)0x8000_0001), 0).Ecx, Lzcnt);

    private static bool HasAvx512 => HasAvx2 && Has(Features.Ebx, Avx512);

    private static int Avx10Version => HasAvx512 && Has(MoreFeatures.Edx, Avx10) ? Ask(0x24, 0).Ebx & 0xFF : 0;

    private static bool Has(int register, int bits) => (register & bits) == bits;

    private static (int Eax, int Ebx, int Ecx, int Edx) Ask(int leaf, int part) =>
        X86Base.CpuId(0, 0).Eax >= leaf ? X86Base.CpuId(leaf, part) : default;
}
