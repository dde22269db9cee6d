using BenchmarkDotNet.Running;
using Coffer;
using Coffer.Benchmarks;

var bench = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../bench"));
var testdata = Environment.GetEnvironmentVariable("COFFER_TESTDATA")
    ?? Path.GetFullPath(Path.Combine(bench, "../../shared/testdata"));
switch (args)
{
    case ["translate", .. var files]:
        TranslationBenchmark.Run(files, rounds: 90);
        return 0;
    case ["calls"]:
        BenchmarkRunner.Run<CallBenchmark>();
        return 0;
    case ["gate"]:
        BenchmarkRunner.Run<GateBenchmark>();
        return 0;
    case ["deadline"]:
        return DeadlineBenchmark.Run();
    case ["instances"]:
        return InstancesBenchmark.Run(testdata);
    case ["guest", var output, var file, .. var arguments]:
        return Guest.Run(output, file, arguments, MemoryMode.Guarded);
    case ["guest-checked", var output, var file, .. var arguments]:
        return Guest.Run(output, file, arguments, MemoryMode.Checked);
    case ["guest-aot", var output, var file, .. var arguments]:
        return Guest.Run(output, file, arguments, MemoryMode.Guarded, isAhead: true);
    case ["sightglass", .. var names]:
        return SightglassBenchmark.Run(
            Path.Combine(testdata, "bench/sightglass"), Path.Combine(bench, "v8-guest.mjs"), names, rounds: 5);
    default:
        Console.Error.WriteLine("""
            usage:
              translate FILE…         decode, validate and translate, in MB/s
              calls                   the cost of calls between host and guest
              gate                    the cost of decisions beside the operations they are about
              deadline                how long after its deadline a guest ends that waits
              instances               a sandbox: its time, what it allocates, what stays resident of many
              sightglass [--aot] [NAME…]  programs of the Sightglass suite beside V8 (node)
              guest OUTPUT FILE …     runs one program with its output in a file, and prints its time
              guest-checked OUTPUT …  the same in checked memory
              guest-aot OUTPUT …      the same by machine code made ahead of time
            """);
        return 2;
}
