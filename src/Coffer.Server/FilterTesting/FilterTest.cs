using Coffer.Edge.Filters;
using Coffer.ProxyWasm;
using Coffer.ProxyWasm.HttpWasm;
using Coffer.ProxyWasm.Testing;
using Coffer.Server.Proxy;
using Coffer.Server.Proxy.Configuration;

namespace Coffer.Server.FilterTesting;

/// <summary>Takes one described request or connection through a filter, without a network and with a clock of its own.</summary>
internal static class FilterTest
{
    /// <exception cref="FilterException">The filter does not start, or is of an ABI that has nothing of what is described.</exception>
    public static async Task<TestOutcome> RunAsync(TestDescription description, object module, TestHost host, CancellationToken cancellation)
    {
        foreach (var (name, function) in BuiltInFunctions.All) host.AddFunction(name, function);
        foreach (var (name, answer) in description.Upstreams) host.Upstreams.Add(name, answer);
        return module is HttpWasmModule handler
            ? await HandleAsync(description, handler, host, cancellation).ConfigureAwait(false)
            : await FilterAsync(description, (FilterModule)module, host, cancellation).ConfigureAwait(false);
    }

    private static async Task<TestOutcome> HandleAsync(TestDescription description, HttpWasmModule module, TestHost host, CancellationToken cancellation)
    {
        if (description.OnlyForFilters is { } place) throw place.Error("a handler of http-wasm has nothing of this kind");
        var fixture = await HandlerFixture.StartAsync(module, description.Options, host).ConfigureAwait(false);
        await using (fixture.ConfigureAwait(false))
        {
            var exchange = await fixture.SendAsync(description.Request, description.Response, cancellation).ConfigureAwait(false);
            return new TestOutcome(exchange, null, host, description.Options.VmId);
        }
    }

    private static async Task<TestOutcome> FilterAsync(TestDescription description, FilterModule module, TestHost host, CancellationToken cancellation)
    {
        var fixture = await FilterFixture.StartAsync(module, description.Options, host).ConfigureAwait(false);
        await using (fixture.ConfigureAwait(false))
        {
            foreach (var (path, value) in description.Properties) fixture.SetProperty(path, value);
            await host.AdvanceAsync(description.TimeBefore).ConfigureAwait(false);
            foreach (var (queue, items) in description.Queues)
            {
                foreach (var item in items) await host.EnqueueAsync(description.Options.VmId, queue, item).ConfigureAwait(false);
            }

            var connection = description.Connection is { } described ? await ConnectAsync(fixture, described).ConfigureAwait(false) : null;
            var exchange = connection is null ? await fixture.SendAsync(description.Request, description.Response, cancellation).ConfigureAwait(false) : null;
            await host.AdvanceAsync(description.TimeAfter).ConfigureAwait(false);
            return new TestOutcome(exchange, connection, host, description.Options.VmId);
        }
    }

    private static async Task<ConnectionOutcome> ConnectAsync(FilterFixture fixture, DescribedConnection described)
    {
        var connection = await fixture.OpenConnectionAsync().ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            for (var i = 0; i < described.Client.Count && !connection.IsClosed; i++)
            {
                await connection.DownstreamAsync(described.Client[i], endOfStream: i == described.Client.Count - 1).ConfigureAwait(false);
            }

            for (var i = 0; i < described.Upstream.Count && !connection.IsClosed; i++)
            {
                await connection.UpstreamAsync(described.Upstream[i], endOfStream: i == described.Upstream.Count - 1).ConfigureAwait(false);
            }

            return new ConnectionOutcome(connection.SentUpstream, connection.SentDownstream, connection.IsClosed);
        }
    }
}
