using System.Runtime.Versioning;
using Coffer.Binary;
using Coffer.Cli.Wast;
using Coffer.Instructions;
using Coffer.Tests;

namespace Coffer.Native.Tests.Launching;

/// <summary>
/// What the translator makes of a module is what this process makes, to the last byte: as a program of machine code it could lack what
/// nothing in it calls, and would otherwise be found out by a module that has the one instruction for it.
/// </summary>
[Collection(TranslatorRun.Alone)]
[UnsupportedOSPlatform("windows")]
public sealed class TranslatorTests
{
    private static readonly string[] Kinds = ["i32", "i64", "f32", "f64", "v128", "funcref", "externref"];

    private static bool Same(byte[] module, string name, MemoryMode memory = MemoryMode.Auto, bool consumesFuel = false)
    {
        var here = ModuleTranslation.Make(module, ModuleTranslation.Options(memory, consumesFuel));
        var there = TranslatorRun.Translate(module, memory, consumesFuel);
        Assert.True(here is null == there is null, $"{name}: here {here is not null}, there {there is not null}");
        if (here is null) return false;
        Assert.True(here.Record.Span.SequenceEqual(there!.Value.Record), $"{name}: the record differs");
        Assert.True(here.Image.AsSpan().SequenceEqual(there.Value.Image), $"{name}: the image differs");
        return true;
    }

    [Theory]
    [InlineData("bench/sightglass/sqlite3/sqlite3.wasm")]
    [InlineData("bench/sightglass/regex/benchmark.wasm")]
    [InlineData("guests/go/hello.wasm")]
    [InlineData("guests/cpp/hello.wasm")]
    [InlineData("guests/c/hello.wasm")]
    public void Program_IsTranslatedAsHere(string file)
    {
        LauncherBench.Require();
        var module = File.ReadAllBytes(TestData.Require(file));
        foreach (var memory in new[] { MemoryMode.Auto, MemoryMode.Guarded, MemoryMode.Checked }) Same(module, file, memory);
        Same(module, file, consumesFuel: true);
    }

    /// <summary>One module for each instruction that none before it had, of all scripts of the specification's suite.</summary>
    [Fact]
    public void Instructions_AreTranslatedAsHere()
    {
        LauncherBench.Require();
        var known = new HashSet<Opcode>();
        var compared = 0;
        foreach (var file in Directory.GetFiles(TestData.Require("spec/core"), "*.wast", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            foreach (var module in ModulesOf(file))
            {
                var instructions = InstructionsOf(module);
                if (instructions.IsSubsetOf(known) || !IsValid(module) || !Same(module, file)) continue;
                if (compared++ % 4 == 0) Same(module, file, MemoryMode.Checked, consumesFuel: true);
                known.UnionWith(instructions);
            }
        }

        Assert.True(known.Count > 400, $"only {known.Count} instructions were found");
    }

    [Fact]
    public void Results_OfAllTypes_AreTranslatedAsHere()
    {
        LauncherBench.Require();
        foreach (var first in Kinds)
        {
            foreach (var second in Kinds) Same(Results([first, second]), $"{first} {second}");
        }

        for (var count = 3; count <= 12; count++) Same(Results([.. Enumerable.Range(0, count).Select(i => Kinds[i % Kinds.Length])]), $"{count} results");
    }

    [Fact]
    public void Module_ThatIsNotValid_IsNotTranslated()
    {
        LauncherBench.Require();
        Assert.Null(TranslatorRun.Translate([0, 0x61, 0x73, 0x6D], MemoryMode.Auto, false));
        Assert.Null(TranslatorRun.Translate(Bench.Binary("(module (func (drop)))"), MemoryMode.Auto, false));
        Assert.Null(TranslatorRun.Translate(Bench.Binary("(module (type (struct)) (func (drop (struct.new 0))))"), MemoryMode.Auto, false));
    }

    // A function that calls another one with these results and gives them on.
    private static byte[] Results(string[] kinds)
    {
        var results = string.Join(' ', kinds);
        return Bench.Binary($"""(module (func $f (import "m" "f") (result {results})) (func (export "g") (result {results}) (call $f)))""");
    }

    private static List<byte[]> ModulesOf(string file)
    {
        var source = File.ReadAllBytes(file);
        var modules = new List<byte[]>();
        _ = ScriptRunner.Run(
            new Engine(new EngineOptions { Features = ScriptRules.FeaturesFor(file, source) }), file, source, ScriptRules.DialectOf(file, source), bytes =>
            {
                modules.Add(bytes);
                throw new InvalidException("not to be run", 0);
            },
            TestContext.Current.CancellationToken);
        return modules;
    }

    private static bool IsValid(byte[] module)
    {
        try
        {
            Module.Validate(new Engine(), module);
            return true;
        }
        catch (CofferException)
        {
            return false;
        }
    }

    private static HashSet<Opcode> InstructionsOf(byte[] module)
    {
        var found = new HashSet<Opcode>();
        try
        {
            var definition = ModuleDecoder.Decode(module, new Engine().Types, Features.All, ModuleLimits.Default);
            for (var i = definition.ImportedFunctions; i < definition.Functions.Length; i++)
            {
                var cursor = new WasmReader(module, definition.Functions[i].Body);
                for (var groups = cursor.ReadCount(); groups > 0; groups--)
                {
                    cursor.ReadU32();
                    cursor.ReadValueType(definition.Types.AsSpan());
                }

                var reader = new InstructionReader(cursor, definition.Types.AsSpan(), Features.All);
                var instruction = default(Instruction);
                while (!reader.Reader.AtEnd)
                {
                    reader.Read(ref instruction);
                    found.Add(instruction.Opcode);
                }
            }
        }
        catch (CofferException)
        {
            // It is about something malformed.
        }

        return found;
    }
}
