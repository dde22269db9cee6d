using System.Runtime.CompilerServices;

namespace Coffer.ProxyWasm.Tests.Middleware;

/// <summary>A filter that was exchanged leaves nothing behind.</summary>
public sealed class CollectionTests
{
    [Fact]
    public async Task Filter_Disposed_IsCollectedWithItsMachineCode()
    {
        var host = new FilterHost();
        var module = await RunAsync(host);
        for (var i = 0; i < 50 && module.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Delay(20);
        }

        Assert.False(module.IsAlive);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference> RunAsync(FilterHost host)
    {
        var module = TestProxy.CompileText(Hostile.HostileFilter.With());
        await using var filter = await Filter.StartAsync(module, new FilterOptions { Workers = 2 }, host);
        return new WeakReference(module.Module);
    }
}
