using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Coffer.Compilation.Emitters;
using Coffer.Instructions;
using Coffer.Tests.Runtime.Semantics;

namespace Coffer.Tests.Compilation.Emitters;

/// <summary>
/// Every row, compiled as the compiler writes it (vectors of bytes given where other vectors are expected), computes
/// bit for bit what the method of the same name in <c>VectorOps</c> does.
/// </summary>
public sealed class VectorIntrinsicsTests
{
    private static readonly int[] ConstantCounts = [0, 1, 7, 8, 9, 31, 63, 64, 255, 256, -1, -8, 0x1234_5680];

    [Fact]
    public void Rows_EveryOpcode_EqualTheSemanticMethod()
    {
        Assert.SkipUnless(Vector128.IsHardwareAccelerated, "there are rows only with vector instructions");
        var image = new IntrinsicImage();
        var methods = new List<(string Name, OpcodeInfo Row)>();
        foreach (var row in OpcodeTable.All.Where(row => VectorIntrinsics.Find(row.Opcode) is not null))
        {
            foreach (var (lane, count) in Variants(row))
            {
                var name = $"{row.Opcode}_{lane}_{count}";
                image.Add(name, row, VectorIntrinsics.Find(row.Opcode)!, lane, count);
                methods.Add((name, row));
            }
        }

        var type = image.Load();
        foreach (var (name, row) in methods)
        {
            IntrinsicComparison.Run(type, name, Operands(row));
        }
    }

    // A call is inlined only by the JIT compiler: a function with one cannot be compiled ahead of time.
    [Fact]
    public void Find_OnX64WithAvx512_LeavesNoCalls()
    {
        Assert.SkipUnless(Avx512F.VL.IsSupported, "other processors lack some conversions");
        Opcode[] elsewhere = [Opcode.V128Load, Opcode.V128Store, Opcode.V128Const, Opcode.I8x16Shuffle];
        Assert.Empty(OpcodeTable.All
            .Where(row => row.Feature is Features.Simd or Features.RelaxedSimd && !elsewhere.Contains(row.Opcode))
            .Where(row => VectorIntrinsics.Find(row.Opcode) is null && LaneIntrinsics.Find(row.Opcode, 0) is null)
            .Select(row => row.Mnemonic));
    }

    private static IEnumerable<(byte? Lane, int? Count)> Variants(OpcodeInfo row)
    {
        if (row.Immediates == ImmediateShape.Lane)
        {
            var lanes = row.Mnemonic[..5] switch { "i8x16" => 16, "i16x8" => 8, "i32x4" or "f32x4" => 4, _ => 2 };
            return Enumerable.Range(0, lanes).Select(lane => ((byte?)lane, (int?)null));
        }

        IEnumerable<(byte?, int?)> variants = [(null, null)];
        return row.Operands.Contains('i')
            ? variants.Concat(ConstantCounts.Select(count => ((byte?)null, (int?)count)))
            : variants;
    }

    private static IEnumerable<(Vector128<byte>, Vector128<byte>, Vector128<byte>)> Operands(OpcodeInfo row)
    {
        var pairs = row.Mnemonic[0] == 'f' || row.Mnemonic.Contains("_f", StringComparison.Ordinal)
            ? VectorSamples.Pairs<float>().Concat(VectorSamples.Pairs<double>())
            : VectorSamples.Pairs<byte>().Take(500).Concat(VectorSamples.Pairs<short>())
                .Concat(VectorSamples.Pairs<int>().Take(500)).Concat(VectorSamples.Pairs<long>().Take(500));
        var all = pairs.ToArray();
        for (var i = 0; i < all.Length; i++)
        {
            yield return (all[i].Left, all[i].Right, all[(i + 1) % all.Length].Left);
            if (i % 16 == 0)
                yield return (all[i].Left, all[i].Left, Vector128<byte>.Zero);
        }
    }
}
