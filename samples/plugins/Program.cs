using System.Text;
using Coffer.Plugins;
using Coffer.Plugins.Versions;
using PluginSample;

// Three plugins that know nothing of each other, in Rust, Go and AssemblyScript. None has a file, a socket or a clock that
// is real; each call has half a second and 64 MiB.
await using var host = new PluginHost();
var options = new PluginOptions { Limits = PluginLimits.Default with { CallTimeout = TimeSpan.FromSeconds(0.5) } };
PluginSource Module(string name) => PluginSource.FromFile(Path.Combine(AppContext.BaseDirectory, name));
var counter = new CounterPlugin(await host.LoadAsync("counter", Module("counter.wasm"), options));
var shout = await host.LoadAsync("shout", Module("shout.wasm"), options with { Instances = InstancePolicy.LongLived });
var swap = await host.LoadAsync("swap", Module("swap.wasm"), options with { FailurePolicy = FailurePolicy.FailOpen });

// Typed calls: a string goes in, a record comes out.
const string Text = "the quick fox and the lazy dog and the cat";
var counted = counter.Count(Text);
Console.WriteLine($"rust:           {counted.Words} words, the longest is \"{counted.Longest}\", \"the\" is there {counted.Most["the"]} times");
try
{
    counter.Count("…");
}
catch (PluginException failure)
{
    Console.WriteLine($"rust fails:     {failure.Message} ({failure.Trace.Count} frames)");
}

// A chain: each plugin is given what the one before has answered.
var chain = new PluginChain((shout, "shout"), (swap, "swap"));
Console.WriteLine($"go, then as:    {Show(await chain.CallAsync(Encoding.UTF8.GetBytes("plugins are fun")))}");

// A version that hangs never takes calls: it is asked first, and the old one stays.
const string Hangs = """(module (func (export "swap") (result i32) (loop $l (br $l)) (i32.const 0)))""";
try
{
    await swap.SwapAsync(PluginSource.FromText(Hangs), swap.Options with { Probes = [new PluginProbe("swap", default)] });
}
catch (PluginException failure)
{
    Console.WriteLine($"not swapped in: {failure.Failure}");
}

// Without the question it does take them, and costs each no more than its time; the chain goes on without it.
await swap.SwapAsync(PluginSource.FromText(Hangs));
var skipped = await chain.CallAsync(Encoding.UTF8.GetBytes("still here"));
Console.WriteLine($"without as:     {Show(skipped)}, since {skipped.Skipped[0].Plugin} {skipped.Skipped[0].Failure}");

// And back.
swap.TryRollback();
Console.WriteLine($"rolled back:    {Show(await chain.CallAsync(Encoding.UTF8.GetBytes("here again")))}");
foreach (var plugin in host.List())
{
    Console.WriteLine($"{plugin.Name,-15} version {plugin.Active?.Number}, {plugin.Counters.Calls} calls, {plugin.Counters.Failures} failed");
}

static string Show(ChainAnswer answer) => Encoding.UTF8.GetString(answer.Output.Span);
