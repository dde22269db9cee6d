using System.Text;
using Coffer.Edge.Filters;
using Coffer.Native;
using Coffer.Server.Proxy;

namespace Coffer.ProxyWasm.Tests.Server;

/// <summary>Filters whose code was made ahead of time.</summary>
public sealed class AheadTests
{
    [Fact]
    public async Task Filter_RunsNativeCode_WhenItIsAskedFor_AndTheCacheHasIt()
    {
        using var folder = new TemporaryDirectory();
        var warnings = new List<string>();
        var options = new NativeOptions { CacheFolder = folder["cache"], Policy = NativePolicy.Always, Warning = warnings.Add };
        var engine = EngineOptions.Default with { AllowNativeCode = true };
        var bytes = Text.TextFormat.Parse(Hostile.HostileFilter.With());
        var host = new FilterHost();
        await using var made = (Filter)await new FilterModules(engine, ModuleLoader.Factory(options)).StartAsync(bytes, "a.wasm", new FilterOptions(), host);
        Assert.SkipUnless(made.Module.IsNative, $"there is no compiler ahead of time: {string.Join("; ", warnings)}");
        await using var cached = (Filter)await new FilterModules(engine, ModuleLoader.Factory(options with { Policy = NativePolicy.Cached, CompilerPath = "/nonexistent" }))
            .StartAsync(bytes, "a.wasm", new FilterOptions(), host);
        Assert.True(cached.Module.IsNative);
        await using var plain = (Filter)await new FilterModules().StartAsync(bytes, "a.wasm", new FilterOptions(), host);
        Assert.False(plain.Module.IsNative);
    }

    [Fact]
    public void Factory_ForAnEngineWithoutNativeCode_UsesTheJitCompiler()
    {
        using var folder = new TemporaryDirectory();
        var factory = ModuleLoader.Factory(new NativeOptions { CacheFolder = folder["cache"], Policy = NativePolicy.Always });
        Assert.False(factory(new Engine(), Text.TextFormat.Parse("(module)"), "empty").IsNative);
        Assert.False(Directory.Exists(folder["cache"]));
    }
}
