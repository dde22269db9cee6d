using Coffer.Cli.Disassembly;

namespace Coffer.Cli.Tests.Disassembly;

/// <summary>Where the lines of wasm instructions stand, for maps as the JIT compiler makes them.</summary>
public sealed class WasmMarksTests
{
    private static readonly Dictionary<long, string> Wasm = new()
    {
        [0x20] = "loop", [0x22] = "local.get 0", [0x24] = "if", [0x26] = "nop", [0x28] = "br 0",
    };

    // The engine's own CIL comes first; the loop has a poll; the last is the end, which listings leave out.
    private static readonly (long Il, long Wasm)[] Pairs =
        [(10, 0x20), (30, 0x22), (31, 0x24), (40, 0x26), (40, 0x28), (50, 0x30)];

    [Fact]
    public void Marks_InstructionsOfAStatement_StandTogether() => Assert.Equal(
        ["0 ; prologue", "8 0x20      loop", "12 0x22      local.get 0", "12 0x24      if", "16 0x26      nop", "16 0x28      br 0"],
        Marks((0, -2), (4, 0), (8, 10), (12, 30), (16, 40)));

    [Fact]
    public void Marks_CodeThatIsMovedOrDoubled_IsShownOnceAndNamedAgain() => Assert.Equal(
        [
            "0 0x26      nop", "0 0x28      br 0", "4 0x22      local.get 0", "4 0x24      if",
            "8 ; again 0x26 to 0x28", "12 0x20      loop", "16 ; again 0x22 to 0x24",
        ],
        Marks((0, 40), (4, 30), (8, 40), (12, 10), (16, 30)));

    [Fact]
    public void Marks_PlaceInsideAnInstruction_NamesIt() => Assert.Equal(
        ["0 0x20      loop", "4 0x22      local.get 0", "4 0x24      if", "4 0x26      nop", "4 0x28      br 0", "8 ; again 0x20"],
        Marks((0, 10), (4, 30), (8, 20)));

    [Fact]
    public void Marks_PlaceInsideAnInstructionThatHasNoOther_ShowsIt() =>
        Assert.Equal(["0 0x20      loop"], Marks((0, 20), (4, 25)).Take(1));

    [Fact]
    public void Marks_PlacesWithoutCode_AreShownAndNotNamedAgain() => Assert.Equal(
        ["0 0x22      local.get 0", "0 0x24      if", "0 0x26      nop", "0 0x28      br 0", "4 ; epilogue"],
        Marks((0, 30), (0, 40), (4, 30), (4, -3)));

    [Fact]
    public void Marks_RepeatedLoop_NamesTheInstructionsOfItsCopies()
    {
        (long Il, long Wasm)[] pairs = [(0, 0x20), (10, 0x22), (20, 0x24), (30, 0x28), (40, 0x22), (50, 0x24), (60, 0x28)];
        NativeOffset[] map = [new(0, 0), new(4, 10), new(8, 20), new(12, 30), new(16, 50), new(20, 60)];
        Assert.Equal(
            [
                "0x20      loop", "0x22      local.get 0", "0x24      if", "0x28      br 0",
                "; again 0x22", "; again 0x24", "; again 0x28",
            ],
            new WasmMarks([.. map[..4], new(14, 40), .. map[4..]], pairs, Wasm).TakeUntil(int.MaxValue));

        // Of the next copy's beginning nothing was recorded.
        Assert.Equal("; again 0x28, 0x22", new WasmMarks([.. map, new(24, 30)], pairs, Wasm).TakeUntil(int.MaxValue).Last());
    }

    [Fact]
    public void Marks_SamePlaceTwice_IsOne() => Assert.Equal(
        ["0 0x26      nop", "0 0x28      br 0", "8 ; epilogue"], Marks((0, 40), (4, 40), (8, -3), (12, -3)));

    [Fact]
    public void Marks_EpilogueInTheMiddle_IsNamedEachTime() => Assert.Equal(
        ["0 ; epilogue", "4 0x26      nop", "4 0x28      br 0", "8 ; epilogue"], Marks((0, -3), (4, 40), (8, -3)));

    [Fact]
    public void Marks_CodeThatTheCompilerAdded_IsOfNoInstruction() => Assert.Equal(
        ["0 ; prologue", "4 ; of no instruction", "8 0x26      nop", "8 0x28      br 0", "12 ; of no instruction"],
        Marks((0, -2), (4, -1), (8, 40), (12, -1)));

    [Fact]
    public void Marks_OfNoInstructions_NameTheFrameOnly()
    {
        var marks = new WasmMarks([new(0, -2), new(4, 0), new(8, -3)], [], Wasm);
        Assert.Equal(["; prologue", "; epilogue"], marks.TakeUntil(int.MaxValue));
    }

    [Fact]
    public void Marks_EmptyMap_HasNone() => Assert.Empty(Marks());

    [Fact]
    public void Marks_MapThatWasCut_LastStatementIsNotTheRest()
    {
        var map = Enumerable.Range(0, NativeOffsetMap.MostPlaces).Select(i => new NativeOffset(i, i == 5 ? 30 : 10)).ToList();
        var marks = new WasmMarks(map, Pairs, Wasm);
        Assert.True(marks.IsCut);
        Assert.Equal(["0x20      loop", "0x22      local.get 0", "; again 0x20"], marks.TakeUntil(int.MaxValue));
        Assert.False(new WasmMarks(map[1..], Pairs, Wasm).IsCut);
    }

    // Each mark with the offset of the first machine instruction that it stands before.
    private static List<string> Marks(params (int Native, int Il)[] map)
    {
        var marks = new WasmMarks([.. map.Select(place => new NativeOffset(place.Native, place.Il))], Pairs, Wasm);
        var lines = new List<string>();
        for (var native = 0; native < 100; native++) lines.AddRange(marks.TakeUntil(native).Select(line => $"{native} {line}"));
        return lines;
    }
}
