using Coffer.Capabilities;
using Coffer.Capabilities.Grants;
using Coffer.Fastly.Ambient;

namespace Coffer.Fastly.Tests;

/// <summary>An application of a test, with what it logs.</summary>
internal sealed class TestApplication : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    private TestApplication(FastlyApplication application, TestLog log)
    {
        Application = application;
        Log = log;
    }

    /// <summary>What a program may have that nothing is said of: clocks and random numbers.</summary>
    public static CapabilitySet Usual { get; } = new(
        new ClockGrant(GuestClock.Wall), new ClockGrant(GuestClock.Monotonic), new RandomGrant(),
        new StreamGrant(StandardStream.Output), new StreamGrant(StandardStream.Error));

    public FastlyApplication Application { get; }

    public TestLog Log { get; }

    public static Task<TestApplication> OfFileAsync(string testData, string toml = "", FastlyServices? services = null, FastlyLimits? limits = null) =>
        OfAsync(new Engine(), engine => Module.Compile(engine, File.ReadAllBytes(TestData.Require(testData))), toml, services, limits);

    public static Task<TestApplication> OfTextAsync(string wat, string toml = "", FastlyServices? services = null, FastlyLimits? limits = null) =>
        OfAsync(new Engine(), engine => Module.CompileText(engine, wat), toml, services, limits);

    public static async Task<TestApplication> OfAsync(Engine engine, Func<Engine, Module> compile, string toml, FastlyServices? services, FastlyLimits? limits)
    {
        var log = new TestLog();
        services ??= new FastlyServices { Capabilities = Usual };
        var configuration = FastlyConfiguration.Parse(toml, "fastly.toml", new ConfigurationFiles(Path.GetTempPath()));
        return new TestApplication(await FastlyApplication.CreateAsync(compile(engine), configuration, services with { Log = log }, limits), log);
    }

    /// <summary>Runs it for a request, and waits until the response has been sent.</summary>
    public async Task<(FastlyResult Result, TestResponse Response)> RunAsync(TestRequest? request = null, TestResponse? response = null)
    {
        response ??= new TestResponse();
        var result = await Task.Factory.StartNew(
            () => Run(request ?? new TestRequest(), response), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await result.Completion.WaitAsync(Longest);
        return (result, response);
    }

    public FastlyResult Run(TestRequest request, TestResponse response, TimeSpan? deadline = null, CancellationToken cancellation = default)
    {
        using var store = new Store(Application.Module.Engine, new StoreLimits { MemoryBytes = 512 << 20 });
        store.SetDeadline(deadline ?? Longest);
        return Application.Run(store, request, response, null, cancellation);
    }

    public void Dispose() => Application.Dispose();
}
