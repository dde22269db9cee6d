using Coffer;
using Coffer.Cli.Wast;

if (args is ["wast", ..])
{
    var memory = args.Contains("--checked") ? MemoryMode.Checked : MemoryMode.Guarded;
    var engine = new Engine(new EngineOptions { Memory = new MemoryOptions { Mode = memory } });
    var passed = 0;
    var failed = 0;
    foreach (var path in args[1..].Where(argument => !argument.StartsWith('-')))
    {
        var files = Directory.Exists(path) ? Directory.GetFiles(path, "*.wast", SearchOption.AllDirectories).Order() : (IEnumerable<string>)[path];
        foreach (var file in files)
        {
            var result = ScriptRunner.Run(engine, file, File.ReadAllBytes(file));
            passed += result.Passed;
            failed += result.Failures.Count;
            foreach (var failure in result.Failures) Console.WriteLine(failure);
        }
    }

    Console.WriteLine($"{passed} passed, {failed} failed");
    return failed == 0 ? 0 : 1;
}

return 2;
