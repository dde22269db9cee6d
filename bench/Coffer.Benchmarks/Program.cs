using BenchmarkDotNet.Running;
using Coffer.Benchmarks;

switch (args)
{
    case ["translate", .. var files]:
        TranslationBenchmark.Run(files, rounds: 7);
        return 0;
    case ["calls"]:
        BenchmarkRunner.Run<CallBenchmark>();
        return 0;
    default:
        Console.Error.WriteLine("usage: translate FILE… | calls");
        return 2;
}
