namespace Coffer.Native.Tests;

/// <summary>A cache in a folder of its own, and modules by both ways to machine code.</summary>
internal sealed class Bench : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("coffer-native-");

    public Bench(EngineOptions? options = null) => Engine = new Engine((options ?? new EngineOptions()) with { AllowNativeCode = true });

    public Engine Engine { get; }

    public List<string> Warnings { get; } = [];

    public string Cache => Path.Combine(folder.FullName, "cache");

    public NativeOptions Options(NativePolicy policy = NativePolicy.Always) => new()
    {
        Policy = policy,
        CacheFolder = Cache,
        Warning = warning =>
        {
            lock (Warnings) Warnings.Add(warning);
        },
    };

    public ModuleLoader Loader(NativePolicy policy = NativePolicy.Always) => new(Engine, Options(policy));

    /// <summary>A module with native code; skips the test where there is no compiler.</summary>
    public Module Compile(byte[] module, string? name = null)
    {
        RequireCompiler();
        var compiled = Loader().Load(module, name, TestContext.Current.CancellationToken);
        Assert.True(compiled.IsNative, string.Join(Environment.NewLine, Warnings));
        return compiled;
    }

    public static void RequireCompiler()
    {
        if (NativeCompiler.Refusal(new NativeOptions()) is { } refusal) Assert.Skip(refusal);
    }

    public static byte[] Binary(string text) => Coffer.Text.TextFormat.Parse(System.Text.Encoding.UTF8.GetBytes(text), Features.All);

    public string[] Entries() => Directory.GetFiles(Cache, "*.cof");

    public void Dispose() => folder.Delete(recursive: true);
}
