using Coffer.Binary;
using Coffer.Types;
using Coffer.Validation;

namespace Coffer.Tests.Binary;

/// <summary>Decoding of what compilers produce, whole, cut short and damaged.</summary>
public sealed class RealModuleTests
{
    [Theory]
    [InlineData("bench")]
    [InlineData("guests")]
    [InlineData("extism")]
    [InlineData("opa")]
    [InlineData("proxy-wasm")]
    [InlineData("wasi-p1")]
    public void Decode_EveryModule_IsValid(string folder)
    {
        var root = TestData.Require(folder);
        var registry = new TypeRegistry();
        var failures = new List<string>();
        var modules = 0;
        foreach (var path in Directory.EnumerateFiles(root, "*.wasm", SearchOption.AllDirectories))
        {
            var bytes = File.ReadAllBytes(path);
            if (bytes.Length >= 8 && bytes[6] == 1) continue; // A component.
            modules++;
            try
            {
                var module = ModuleDecoder.Decode(bytes, registry, Features.All, ModuleLimits.Default);
                ModuleValidator.Validate(module, Features.All);
                BodyScanner.Check(bytes, module.Functions.AsSpan(), Features.All);
                NameSection.Of(module).Find(NameKind.Function, 0);
            }
            catch (CofferException error)
            {
                failures.Add($"{path}: {error.Message}");
            }
        }

        Assert.Empty(failures);
        Assert.True(modules > 0, $"no modules in {root}");
    }

    [Theory]
    [InlineData("bench/endive-corpus/gc_stress.wat.wasm")]
    [InlineData("bench/endive-corpus/hello-wasi.rs.wasm")]
    [InlineData("bench/endive-corpus/kitchensink.wat.wasm")]
    public void Decode_EveryPrefix_OnlyMalformed(string file)
    {
        var bytes = File.ReadAllBytes(TestData.Require(file));
        var registry = new TypeRegistry();
        var sectionEnds = 0;
        for (var length = 0; length < bytes.Length; length += length < 4096 ? 1 : 257)
        {
            try
            {
                ModuleDecoder.Decode(bytes.AsMemory(0, length), registry, Features.All, ModuleLimits.Default);
                sectionEnds++;
            }
            catch (MalformedException)
            {
            }
        }

        // A prefix can only be a module where it ends between two sections.
        Assert.True(sectionEnds < 64);
    }

    [Theory]
    [InlineData("bench/endive-corpus/gc_stress.wat.wasm")]
    [InlineData("bench/endive-corpus/hello-wasi.rs.wasm")]
    [InlineData("bench/endive-corpus/try_save_stack_gcref.wat.wasm")]
    [InlineData("bench/endive-corpus/all-imports.wat.wasm")]
    public void Decode_DamagedModule_OnlyOwnErrors(string file)
    {
        var original = File.ReadAllBytes(TestData.Require(file));
        var random = new Random(203);
        var registry = new TypeRegistry();
        var refused = 0;
        for (var round = 0; round < 1500; round++)
        {
            var bytes = original.ToArray();
            var span = Math.Min(bytes.Length, 3000);
            for (var flips = random.Next(1, 4); flips > 0; flips--) bytes[8 + random.Next(span - 8)] ^= (byte)(1 << random.Next(8));
            try
            {
                var module = ModuleDecoder.Decode(bytes, registry, Features.All, ModuleLimits.Default);
                ModuleValidator.Validate(module, Features.All);
                var names = NameSection.Of(module);
                names.Find(NameKind.Function, 0);
                names.Find(NameKind.Local, 0, 0);
                BodyScanner.Check(bytes, module.Functions.AsSpan(), Features.All);
            }
            catch (CofferException)
            {
                refused++;
            }
        }

        Assert.True(refused > 150, $"only {refused} damaged modules were refused");
    }
}
