using Coffer.Fastly.Abi;

namespace Coffer.Fastly.Tests.Abi;

/// <summary>The functions of the host are those that the interface definitions declare.</summary>
public sealed class AbiTableTests
{
    [Fact]
    public void Functions_AreThoseOfTheDefinitions()
    {
        var declared = WitxFunctions.Read().Select(function => (function.Module, function.Name, function.Parameters)).Order().ToList();
        Assert.Equal(251, declared.Count);
        Assert.Equal(declared, HostLinker.All.Select(function => (function.Module, function.Name, function.Parameters)).Order());
    }

    [Fact]
    public void Functions_AreThereOnce() =>
        Assert.Equal(HostLinker.All.Count, HostLinker.All.Select(function => (function.Module, function.Name)).Distinct().Count());

    [Fact]
    public void Modules_OfTheAbi_AreRecognized()
    {
        Assert.True(FastlyApplication.IsFastly(AbiGuest.Program));
        Assert.False(FastlyApplication.IsFastly(Module.CompileText(new Engine(), """(module (import "env" "proxy_log" (func)))""")));
        Assert.True(FastlyApplication.IsFastly(Module.CompileText(new Engine(), """(module (import "env" "xqd_init" (func (param i64) (result i32))))""")));
    }
}
