using System.Diagnostics;
using Coffer.Binary;
using Coffer.Compilation;
using Coffer.Types;

namespace Coffer.Benchmarks;

/// <summary>
/// How fast modules are decoded, validated and translated to CIL, on one thread and without the JIT compiler. The first
/// third of the rounds only lets the JIT compiler optimize the translator.
/// </summary>
internal static class TranslationBenchmark
{
    public static void Run(IEnumerable<string> files, MemoryMode mode, int rounds)
    {
        Console.WriteLine($"{"module",-40} {"MB",8} {"MB/s",8} {"allocated",12} {"image",10}");
        foreach (var file in files)
        {
            var bytes = File.ReadAllBytes(file);
            var options = EngineOptions.Default with { Memory = new MemoryOptions { Mode = mode } };
            var times = new List<double>();
            long allocated = 0;
            var image = 0;
            for (var i = 0; i < rounds; i++)
            {
                GC.Collect();
                var before = GC.GetAllocatedBytesForCurrentThread();
                var watch = Stopwatch.StartNew();
                var definition = ModuleDecoder.Decode(bytes, new TypeRegistry(), options.Features, options.Limits);
                image = ModuleCompiler.Compile(definition, options, new Coffer.Runtime.StructLayoutRegistry(isCollectible: true)).Image.Length;
                if (i >= rounds / 3) times.Add(watch.Elapsed.TotalSeconds);
                allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            }

            times.Sort();
            var name = Path.Combine(Path.GetFileName(Path.GetDirectoryName(file)) ?? "", Path.GetFileName(file));
            Console.WriteLine(
                $"{name,-40} {bytes.Length / 1e6,8:F2} {bytes.Length / 1e6 / times[times.Count / 2],8:F1} {allocated,12:N0} {image,10:N0}");
        }
    }
}
