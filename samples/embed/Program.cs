using System.Runtime.CompilerServices;
using Coffer;
using Embed;

// The module was compiled with this program; Primes was written for it. Published as NativeAOT there is no compiler.
Console.WriteLine($"a compiler at run time: {(RuntimeFeature.IsDynamicCodeSupported ? "yes" : "no")}");
using var store = new Store(new Engine(), new StoreLimits { MemoryBytes = 1 << 20 });
store.SetDeadline(TimeSpan.FromSeconds(5));
var primes = Primes.Instantiate(store, new Printer());
Console.WriteLine($"{primes.CountBelow(20)} primes");
try
{
    primes.Remainder(1, 0);
}
catch (TrapException trap)
{
    Console.WriteLine($"trap: {trap.Message}, in {trap.WasmTrace[0].Module}");
}

/// <summary>What the module imports.</summary>
internal sealed class Printer : Primes.IImports
{
    /// <inheritdoc/>
    public void Found(Caller caller, int argument0) => Console.Write($"{argument0} ");
}
