using System.Globalization;
using System.Net;
using Coffer.Opa.AspNetCore;
using Coffer.Opa.Decisions;
using Coffer.Opa.Tests.Abi;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Coffer.Opa.Tests.AspNetCore;

/// <summary>Policies that are replaced while the REST API decides by them; <c>bench policies swap</c> does it in a larger way.</summary>
public sealed class SwapTests
{
    private static readonly Engine Engine = new();

    private static PolicySet Version(int version) => PolicySet.Of(
        Policy.Load(Engine, WrittenPolicy.Answering(version.ToString(CultureInfo.InvariantCulture)), PolicyOptions.Default, "policy.wasm"));

    [Fact]
    public void Modules_AreMadeAsTheOptionsSay()
    {
        var made = new List<string?>();
        var options = PolicyOptions.Default with
        {
            Compile = (engine, bytes, name) =>
            {
                made.Add(name);
                return Module.Compile(engine, bytes, name);
            },
        };
        using var policy = Policy.Load(Engine, WrittenPolicy.Answering("7"), options, "policy.wasm");
        Assert.Equal(Values.RegoValue.Parse("7"), policy.Evaluate("test").Value);
        Assert.Equal(["policy.wasm"], made);
    }

    [Fact]
    public async Task Swaps_UnderRequests_FailNone_AndNoOldPolicyDecidesAfterwards()
    {
        var service = new DecisionService(Version(0));
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddOpa(_ => service);
        await using var application = builder.Build();
        application.MapOpaApi();
        await application.StartAsync(TestContext.Current.CancellationToken);
        using var client = new HttpClient { BaseAddress = new Uri(application.Urls.First()) };
        using var stop = new CancellationTokenSource();
        var (least, answered, failed, old) = (0, 0, 0, 0);
        var load = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var wanted = Volatile.Read(ref least);
                using var response = await client.PostAsync("/v0/data/test", new StringContent("{}"));
                var text = await response.Content.ReadAsStringAsync();
                Interlocked.Increment(ref answered);
                if (response.StatusCode != HttpStatusCode.OK || !int.TryParse(text, CultureInfo.InvariantCulture, out var version)) Interlocked.Increment(ref failed);
                else if (version < wanted) Interlocked.Increment(ref old);
            }
        })).ToArray();
        var ends = new List<Task>();
        for (var version = 1; version <= 20; version++)
        {
            ends.Add(service.Swap(Version(version)));
            Volatile.Write(ref least, version);

            // However busy the machine is, decisions lie between two swaps.
            var before = Volatile.Read(ref answered);
            do await Task.Delay(5, TestContext.Current.CancellationToken);
            while (Volatile.Read(ref answered) < before + 2 && !Array.Exists(load, task => task.IsCompleted));
        }

        stop.Cancel();
        await Task.WhenAll(load);
        // The old policies are gone, each as soon as the last decision by it had ended.
        await Task.WhenAll(ends).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal((0, 0), (failed, old));
        Assert.True(answered > 20, $"{answered} decisions");
    }
}
