using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using Coffer.Instructions;
using Coffer.Native.Ambient;
using Coffer.Types;

namespace Coffer.Native.Tests;

/// <summary>
/// An instruction on numbers is machine code of its own when it is compiled ahead: a method of the platform or the engine that
/// the compiler does not see through there would be a call, many times as slow, and nothing else would tell.
/// </summary>
[UnsupportedOSPlatform("windows")]
public sealed partial class InlinedInstructionTests : IDisposable
{
    private readonly Bench bench = new();
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("coffer-map-");

    [Fact]
    public void Instructions_OnNumbersAndVectors_CallNothingButTraps()
    {
        Assert.SkipUnless(System.Runtime.Intrinsics.X86.Avx512F.IsSupported, "older processors lack instructions for some of them");
        Assert.Empty(CalledBy(OpcodeTable.All.Where(IsPlain).Select(Function)));
    }

    [Fact]
    public void Instructions_ThatAreLong_AreCalls() =>
        Assert.Contains("MemoryOps__Fill", string.Concat(CalledBy([
            "(func (export \"fill\") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2)))"])), StringComparison.Ordinal);

    public void Dispose()
    {
        bench.Dispose();
        folder.Delete(recursive: true);
    }

    private static bool IsPlain(OpcodeInfo info) => info is { IsSpecial: false, Width: 0, Immediates: ImmediateShape.None, ResultKinds.Length: 1 }
        && info.Feature is Features.None or Features.Simd or Features.SaturatingConversions or Features.SignExtension
        && info.OperandKinds.All(IsNumber) && info.ResultKinds.All(IsNumber);

    private static bool IsNumber(ValueKind kind) => kind is ValueKind.I32 or ValueKind.I64 or ValueKind.F32 or ValueKind.F64 or ValueKind.V128;

    private static string Function(OpcodeInfo info)
    {
        var parameters = string.Join(' ', info.OperandKinds.Select(NameOf));
        var operands = string.Concat(info.OperandKinds.Select((_, i) => $" (local.get {i})"));
        return $"(func (export \"{info.Mnemonic}\") (param {parameters}) (result {NameOf(info.ResultKinds[0])}) ({info.Mnemonic}{operands}))";
    }

    private static string NameOf(ValueKind kind) => kind.ToString().ToLowerInvariant();

    /// <summary>What native code of some functions calls, by the list that crossgen2 makes.</summary>
    private IEnumerable<string> CalledBy(IEnumerable<string> functions)
    {
        Bench.RequireCompiler();
        var map = Path.Combine(folder.FullName, "map");
        var compiler = Path.Combine(folder.FullName, "crossgen2");
        File.WriteAllText(compiler, $"""
            #!/bin/sh
            '{CompilerLocation.Find()}' "$@" --map || exit 1
            for file in *.map; do /bin/cp "$file" '{map}'; done
            """);
        File.SetUnixFileMode(compiler, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var loader = new ModuleLoader(bench.Engine, bench.Options() with { CompilerPath = compiler });
        var module = loader.Load(Bench.Binary($"(module (memory 1) {string.Concat(functions)})"), "numbers", TestContext.Current.CancellationToken);
        Assert.True(module.IsNative, string.Join(Environment.NewLine, bench.Warnings));
        return Entry().Matches(File.ReadAllText(map)).Select(match => match.Groups[1].Value)
            .Where(name => !name.Contains("Coffer_Guest", StringComparison.Ordinal) && !name.Contains("_Trap__", StringComparison.Ordinal))
            .Distinct();
    }

    [GeneratedRegex("MethodEntry: ([^;]*)")]
    private static partial Regex Entry();
}
