using BenchmarkDotNet.Running;
using Coffer;
using Coffer.Benchmarks;
using Coffer.Benchmarks.Edge;
using Coffer.Benchmarks.Engines;
using Coffer.Benchmarks.Fastly;
using Coffer.Benchmarks.Filters;
using Coffer.Benchmarks.Guests;
using Coffer.Benchmarks.Plugins;
using Coffer.Benchmarks.Policies;
using Coffer.Benchmarks.Suite;

switch (args)
{
    case ["suite", ..]:
        return SuiteOptions.Verb(BenchmarkSuite.Run).Parse(args[1..]).Invoke();
    case ["translate", "--checked", .. var files]:
        TranslationBenchmark.Run(files, MemoryMode.Checked, rounds: 90);
        return 0;
    case ["translate", .. var files]:
        TranslationBenchmark.Run(files, MemoryMode.Auto, rounds: 90);
        return 0;
    case ["calls"]:
        return CallCosts.Run(File.ReadAllText(Places.Find().CallModule));
    case ["gate"]:
        BenchmarkRunner.Run<GateBenchmark>();
        return 0;
    case ["deadline"]:
        return DeadlineBenchmark.Run();
    case ["instances"]:
        return InstancesBenchmark.Run(Places.Find().TestData);
    case ["plugins"]:
        await PluginCosts.RunAsync();
        return 0;
    case ["policies", "swap", .. var count]:
        return await PolicySwaps.RunAsync(count.Length > 0 ? int.Parse(count[0], System.Globalization.CultureInfo.InvariantCulture) : 200);
    case ["policies", .. var folder]:
        return PolicyCosts.Run(Places.Find(), folder.Length > 0 ? folder[0] : null);
    case ["plugins", "swap"]:
        return await PluginSwaps.RunAsync();
    case ["plugins", "zoo"]:
        return await PluginZoo.RunAsync(threads: 1);
    case ["plugins", "zoo", var threads]:
        return await PluginZoo.RunAsync(int.Parse(threads, System.Globalization.CultureInfo.InvariantCulture));
    case ["edge", "plain", var port]:
        return await PlainServer.RunAsync(port);
    case ["edge", "costs", var module]:
        return await RequestCosts.RunAsync(module);
    case ["edge", "hostile", .. var words]:
        return await HostileBenchmark.RunAsync(words);
    case ["edge", "apps", .. var words]:
        return await AppsBenchmark.RunAsync(words);
    case ["edge", .. var words]:
        return await EdgeBenchmark.RunAsync(words);
    case ["filters"]:
        await FilterCosts.RunAsync(Places.Find());
        return 0;
    case ["filters", "start"]:
        await FilterStarts.RunAsync(Places.Find());
        return 0;
    case ["filters", "swap"]:
        await FilterSwaps.RunAsync();
        return 0;
    case ["fastly"]:
        return await FastlyCosts.RunAsync(Places.Find().TestData);
    case ["guest", .. var rest]:
        return Guest.Run(GuestOptions.Parse(rest));
    default:
        Console.Error.WriteLine("""
            usage:
              suite [OPTION…] [NAME…] everything beside other engines, into a report; see bench/run
              translate [--checked] FILE…
                                      decode, validate and translate, in MB/s
              calls                   the cost of calls between host and guest
              gate                    the cost of decisions beside the operations they are about
              deadline                how long after its deadline a guest ends that waits
              instances               a sandbox: its time, what it allocates, what stays resident of many
              policies [FOLDER]       an evaluation of a policy, beside the npm package @open-policy-agent/opa-wasm in the folder
              policies swap [TIMES]   the policy of a server replaced two hundred times, or so often, while it decides
              plugins [swap]          calls of plugins with 1 KiB in and out; swaps under load
              plugins zoo [THREADS]   a good plugin beside hostile ones, which one thread calls, or so many
              filters                 requests a second of coffer proxy, with filters and without
              filters start           the first response of coffer proxy, with code by the JIT compiler and made ahead
              edge apps [COUNT]       memory and first requests of a thousand apps, or so many, that nobody asks for
              edge costs FILE         what a request of coffer serve takes between the server and its guest
              edge [--rounds N]       requests a second of coffer serve beside Kestrel, workerd and a process a request
              edge hostile [--rounds N]  how much longer a good app takes beside hostile ones
              filters swap            a filter exchanged two hundred times while requests pass
              fastly                  a request to programs for Fastly Compute, each in a sandbox of its own
              guest [--aot|--checked|--fuel|--no-interrupt|--compile] OUTPUT MILLISECONDS FILE …
                                      runs one program with its output in a file, for so long, and prints its times
            """);
        return 2;
}
