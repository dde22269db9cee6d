using System.Runtime.Intrinsics;
using Coffer.Compilation.Emitters;
using Coffer.Instructions;
using Coffer.Tests.Runtime.Semantics;

namespace Coffer.Tests.Compilation.Emitters;

public sealed class ShuffleIntrinsicsTests
{
    [Fact]
    public void Find_EveryPattern_EqualsTheSemanticMethod()
    {
        Assert.SkipUnless(Vector128.IsHardwareAccelerated, "there are steps only with vector instructions");
        var row = OpcodeTable.Get(Opcode.I8x16Shuffle);
        var image = new IntrinsicImage();
        var patterns = Patterns().ToArray();
        for (var i = 0; i < patterns.Length; i++)
        {
            var lanes = LaneCheck.Join<byte>(patterns[i]);
            image.AddShuffle($"Shuffle{i}", row, ShuffleIntrinsics.Find(lanes)!, lanes);
        }

        var type = image.Load();
        var operands = VectorSamples.Pairs<byte>().Take(20)
            .Select(pair => (pair.Left, pair.Right, Vector128<byte>.Zero)).ToArray();
        for (var i = 0; i < patterns.Length; i++)
            IntrinsicComparison.Run(type, $"Shuffle{i}", operands);
    }

    [Fact]
    public void Find_PatternOfOneInstruction_IsShort()
    {
        Assert.SkipUnless(System.Runtime.Intrinsics.X86.Ssse3.IsSupported, "the instructions are those of x86-64");
        Assert.Single(Steps(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
        Assert.Single(Steps(8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));
        Assert.Equal(5, Steps(3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18).Length);
        Assert.Equal(3, Steps(4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 12, 13, 14, 15).Length);
        Assert.Single(Steps(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    }

    private static IntrinsicStep[] Steps(params byte[] lanes) => ShuffleIntrinsics.Find(LaneCheck.Join<byte>(lanes))!;

    private static IEnumerable<byte[]> Patterns()
    {
        for (var start = 0; start < 32; start++)
            yield return [.. Enumerable.Range(start, 16).Select(lane => (byte)(lane % 32))];
        foreach (var width in (int[])[1, 2, 4, 8])
        {
            foreach (var start in (int[])[0, 8, 16, 24])
            {
                foreach (var other in (int[])[0, 8, 16, 24])
                    yield return [.. Enumerable.Range(0, 16).Select(i => Interleaved(i, width, start, other))];
            }
        }

        var random = new Random(9);
        for (var i = 0; i < 60; i++)
        {
            var (width, limit, offset) = (1 << (i % 4), i % 3 == 0 ? 32 : 16, i % 3 == 1 ? 16 : 0);
            var starts = Enumerable.Range(0, 16).Select(_ => random.Next(limit / width) * width).ToArray();
            yield return [.. Enumerable.Range(0, 16).Select(j => (byte)(offset + starts[j / width] + (j % width)))];
        }
    }

    private static byte Interleaved(int i, int width, int start, int other) =>
        (byte)((i / width % 2 == 0 ? start : other) + (i / (2 * width) * width) + (i % width));
}
