using System.Diagnostics;
using Coffer.Native;

namespace Coffer.Cli.Tests;

/// <summary>What processes do with machine code that was made ahead of time.</summary>
public sealed class NativeStartTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly string[] Conversions =
    [
        "i32.trunc_sat_f32_s", "i32.trunc_sat_f32_u", "i32.trunc_sat_f64_s", "i32.trunc_sat_f64_u",
        "i64.trunc_sat_f32_s", "i64.trunc_sat_f32_u", "i64.trunc_sat_f64_s", "i64.trunc_sat_f64_u",
        "i32.trunc_f32_s", "i32.trunc_f64_u", "i64.trunc_f32_u", "i64.trunc_f64_s",
        "f32.convert_i32_s", "f32.convert_i32_u", "f32.convert_i64_s", "f32.convert_i64_u",
        "f64.convert_i32_s", "f64.convert_i32_u", "f64.convert_i64_s", "f64.convert_i64_u",
        "f32.demote_f64", "f64.promote_f32",
    ];

    private static readonly string[] Unary =
    [
        "i32.clz", "i32.ctz", "i32.popcnt", "i64.clz", "i64.ctz", "i64.popcnt", "f32.abs", "f32.ceil", "f32.nearest", "f32.sqrt",
        "f64.neg", "f64.floor", "f64.trunc", "f64.nearest", "i8x16.abs", "i8x16.popcnt", "f32x4.ceil", "f64x2.nearest",
    ];

    private static readonly string[] Binary =
    [
        "i32.mul", "i32.rotl", "i64.rotr", "i64.shr_s", "f32.min", "f32.max", "f32.copysign", "f64.min", "f64.max", "f64.div",
        "i8x16.swizzle", "i8x16.add_sat_u", "i16x8.q15mulr_sat_s", "i16x8.narrow_i32x4_u", "i32x4.dot_i16x8_s", "i64x2.mul",
        "f32x4.min", "f32x4.pmax", "f64x2.max", "f64x2.div", "i8x16.avgr_u", "v128.andnot",
    ];

    private static readonly string[] VectorConversions =
        ["i32x4.trunc_sat_f32x4_u", "i32x4.trunc_sat_f64x2_s_zero", "f32x4.convert_i32x4_u", "f64x2.convert_low_i32x4_u"];

    private readonly CliRun cli = new();

    public void Dispose() => cli.Dispose();

    /// <summary>
    /// The runtime refuses a function whose code uses something of the processor that is not there, and has the JIT compiler
    /// make it: nothing but the time it takes tells. So instructions of many kinds are compiled for this processor here.
    /// </summary>
    [Fact]
    public void Run_FromTheCache_CompilesNoFunctionOfTheGuest()
    {
        RequireCompiler();
        var functions = Conversions.Concat(Unary).Concat(VectorConversions).Select((each, i) => Function(each, i, 1))
            .Concat(Binary.Select((each, i) => Function(each, 1000 + i, 2))).ToList();
        cli.Write("all.wat",
            $"""
            (module (memory 1)
              {string.Join('\n', functions.Select(each => each.Text))}
              (func (export "_start") {string.Concat(functions.Select(each => $"(call ${each.Name})"))}))
            """);
        using (var compile = Start([], "compile", "--cache", "cache", "all.wat")) Succeeds(compile);
        var methods = Path.Combine(cli.Folder, "methods");
        using (var run = Start(
            new() { ["DOTNET_JitStdOutFile"] = methods, ["DOTNET_JitDisasmSummary"] = "1" }, "run", "--cache", "cache", "all.wat"))
        {
            Succeeds(run);
        }

        var compiled = File.ReadAllLines(methods);
        Assert.NotEmpty(compiled);
        Assert.DoesNotContain(compiled, line => line.Contains("Code0:", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_EightAtOnce_AllRunAndOneEntryIsMade()
    {
        RequireCompiler();
        cli.Write("f.wat", """(module (func (export "f") (result i32) (i32.const 42)))""");
        for (var round = 0; round < 2; round++)
        {
            var all = Enumerable.Range(0, 8).Select(_ => Start([], "run", "--cache", "cache", "--invoke", "f", "f.wat")).ToList();
            foreach (var process in all)
            {
                using (process) Assert.Equal("42\n", Succeeds(process));
            }

            WaitFor(() => Directory.GetFiles(Cache, "*.cof").Length == 1 && Directory.GetFiles(Cache, "*.lock").Length == 0);
        }

        // The key of the cache, the entry and its seal.
        Assert.Equal(["", ".cof", ".seal"], Directory.GetFiles(Cache).Select(Path.GetExtension).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Compile_KilledMeanwhile_LeavesNothingThatIsUsed()
    {
        RequireCompiler();
        cli.Write("f.wat", """(module (func (export "f") (result i32) (i32.const 42)))""");
        using (var path = Start([], "cache", "path", "--cache", "cache")) Succeeds(path);
        for (var milliseconds = 50; milliseconds <= 800; milliseconds += 150)
        {
            using var compile = Start([], "compile", "--cache", "cache", "f.wat");
            if (!compile.WaitForExit(milliseconds)) compile.Kill(entireProcessTree: true);
            compile.WaitForExit();
            using var run = Start([], "run", "--cache", "cache", "--invoke", "f", "f.wat");
            Assert.Equal("42\n", Succeeds(run));
        }
    }

    [Fact]
    public void Run_EntryThatAProcessHalfWrote_IsMadeAnew()
    {
        RequireCompiler();
        cli.Write("f.wat", """(module (func (export "f") (result i32) (i32.const 42)))""");
        using (var compile = Start([], "compile", "--cache", "cache", "f.wat")) Succeeds(compile);
        var entry = Assert.Single(Directory.GetFiles(Cache, "*.cof"));
        var whole = File.ReadAllBytes(entry);
        File.WriteAllBytes(entry, whole[..(whole.Length / 2)]);
        using (var run = Start([], "run", "--cache", "cache", "--invoke", "f", "f.wat"))
        {
            Assert.Contains("unusable", run.StandardError.ReadToEnd());
            Assert.Equal("42\n", run.StandardOutput.ReadToEnd());
        }

        WaitFor(() => File.Exists(entry) && new FileInfo(entry).Length == whole.Length);
    }

    private string Cache => Path.Combine(cli.Folder, "cache");

    // Operands come from memory, so that nothing is computed ahead of time.
    private static (string Name, string Text) Function(string instruction, int number, int operands)
    {
        var place = Place(instruction);
        var loads = string.Concat(Enumerable.Range(0, operands).Select(i => $"({place}.load (i32.const {16 * i}))"));
        var name = $"f{number}";
        return (name, $"(func ${name} (drop ({instruction} {loads})))");
    }

    private static string Place(string instruction)
    {
        var (shape, rest) = (instruction.Split('.')[0], instruction.Split('.')[1]);
        if (shape.Contains('x') || shape == "v128") return "v128";
        var from = rest.Split('_').FirstOrDefault(part => part is "i32" or "i64" or "f32" or "f64");
        return from ?? shape;
    }

    private static void WaitFor(Func<bool> condition)
    {
        var start = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(start.Elapsed < Patience, "it did not happen in time");
            Thread.Sleep(50);
        }
    }

    private static string Succeeds(Process process)
    {
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(Patience));
        Assert.True(process.ExitCode == 0, error.Result);
        return output;
    }

    private Process Start(Dictionary<string, string> variables, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(CommandLine).Assembly.Location, .. arguments])
        {
            WorkingDirectory = cli.Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in variables) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    private static void RequireCompiler()
    {
        if (NativeCompiler.Refusal(new NativeOptions()) is { } refusal) Assert.Skip(refusal);
    }
}
