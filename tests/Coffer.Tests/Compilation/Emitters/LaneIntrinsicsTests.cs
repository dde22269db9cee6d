using System.Runtime.Intrinsics.X86;
using Coffer.Compilation.Emitters;
using Coffer.Instructions;
using Coffer.Tests.Runtime.Semantics;

namespace Coffer.Tests.Compilation.Emitters;

public sealed class LaneIntrinsicsTests
{
    [Fact]
    public void Find_EveryLane_EqualsTheSemanticMethod()
    {
        Assert.SkipUnless(Sse41.X64.IsSupported, "there are steps only on x86-64");
        var image = new IntrinsicImage();
        var names = new List<string>();
        foreach (var row in OpcodeTable.All.Where(row => LaneIntrinsics.Find(row.Opcode, 0) is not null))
        {
            for (byte lane = 0; lane < LaneCount(row); lane++)
            {
                names.Add($"{row.Opcode}{lane}");
                image.AddLane(names[^1], row, LaneIntrinsics.Find(row.Opcode, lane)!, lane);
            }
        }

        var type = image.Load();
        Assert.Equal(2 * (16 + 8 + 4 + 2) + 4 + 2, names.Count);
        foreach (var name in names)
        {
            IntrinsicComparison.Run(
                type, name, VectorSamples.Pairs<float>().Take(100).Select(pair => (pair.Left, pair.Right, pair.Left)));
        }
    }

    private static int LaneCount(OpcodeInfo row) => row.Width > 0
        ? 16 / row.Width
        : row.Mnemonic.StartsWith("f32x4", StringComparison.Ordinal) ? 4 : 2;
}
