using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Coffer.Edge.Tests.Admin;

namespace Coffer.Edge.Tests.Durability;

/// <summary>
/// A server that is killed while it is deployed to and written to, again and again: what it acknowledged is there when it starts again.
/// COFFER_CRASHES says how often; the usual number is for every day.
/// </summary>
public class CrashTests
{
    private static readonly string[] Apps = ["one", "two"];

    [Fact]
    public async Task Kill_AtAnyMoment_LosesNothingThatWasAcknowledged()
    {
        var rounds = int.TryParse(Environment.GetEnvironmentVariable("COFFER_CRASHES"), out var wanted) ? wanted : 6;
        using var folder = new TemporaryDirectory();
        await File.WriteAllTextAsync(folder["token"], TestAdmin.Token);
        var random = new Random(20261127);
        var truth = new Truth();
        for (var round = 0; round < rounds; round++)
        {
            using var server = await Child.StartAsync(folder.Path);
            await truth.CheckAsync(server, round);
            using var end = new CancellationTokenSource();
            var writers = Apps.Select(app => DeployAsync(server, truth, app, end.Token))
                .Concat(Enumerable.Range(0, 3).Select(writer => PutAsync(server, truth, writer, end.Token))).ToList();
            // One time at any moment from the start on, one time while much is being acknowledged.
            var before = truth.Deployed + truth.Put;
            var patience = Stopwatch.StartNew();
            while (round % 2 == 1 && truth.Deployed + truth.Put < before + 5 && patience.Elapsed < TimeSpan.FromSeconds(20)) await Task.Delay(5);
            await Task.Delay(random.Next(10, 500));
            server.Kill();
            await end.CancelAsync();
            await Task.WhenAll(writers);
        }

        using var last = await Child.StartAsync(folder.Path);
        await truth.CheckAsync(last, rounds);
        last.Kill();
        TestContext.Current.SendDiagnosticMessage($"{rounds} kills: {truth.Deployed} deployments and {truth.Put} puts were acknowledged, none was lost");
        Assert.True(truth.Deployed + truth.Put > rounds, "hardly anything was acknowledged");
    }

    private static async Task DeployAsync(Child server, Truth truth, string app, CancellationToken end)
    {
        await Task.Yield();
        while (!end.IsCancellationRequested)
        {
            var text = $"{app} {truth.NextText()}";
            var module = TestAdmin.Saying(text);
            var digest = TestAdmin.DigestOf(module);
            truth.Modules[digest] = text;
            // From here on it may happen.
            truth.Attempt(app, digest);
            try
            {
                using var uploaded = await server.Api.PutAsync($"/v1/modules/{digest}", new ByteArrayContent(module), end);
                using var deployed = await server.Api.PostAsJsonAsync($"/v1/apps/{app}/deployments", new { digest, settings = new { health = false } }, end);
                if (!deployed.IsSuccessStatusCode) throw new InvalidOperationException(await deployed.Content.ReadAsStringAsync(end));
                truth.Acknowledge(app, digest);
            }
            catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
            {
                return;
            }
        }
    }

    private static async Task PutAsync(Child server, Truth truth, int writer, CancellationToken end)
    {
        await Task.Yield();
        for (var index = 0; !end.IsCancellationRequested; index++)
        {
            var key = $"{writer}-{index % 50}";
            var value = truth.NextText();
            truth.Attempt("kv " + key, value);
            try
            {
                using var put = await server.Api.PutAsync($"/v1/apps/one/stores/s/entry?key={key}", new StringContent(value), end);
                // The app is there with its first deployment.
                if (put.IsSuccessStatusCode) truth.Acknowledge("kv " + key, value);
            }
            catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>What was acknowledged of each thing, and what was under way since.</summary>
    private sealed class Truth
    {
        private readonly ConcurrentDictionary<string, (string? Acknowledged, string[] Attempted)> things = new();
        private int texts;

        public ConcurrentDictionary<string, string> Modules { get; } = new();

        public int Deployed { get; private set; }

        public int Put { get; private set; }

        public string NextText() => $"{Interlocked.Increment(ref texts)}";

        public void Attempt(string thing, string state) =>
            things.AddOrUpdate(thing, (null, [state]), (_, known) => (known.Acknowledged, [.. known.Attempted, state]));

        public void Acknowledge(string thing, string state)
        {
            lock (Modules)
            {
                if (thing.StartsWith("kv ", StringComparison.Ordinal)) Put++;
                else Deployed++;
            }

            things[thing] = (state, []);
        }

        public async Task CheckAsync(Child server, int round)
        {
            foreach (var (thing, (acknowledged, attempted)) in things)
            {
                var found = thing.StartsWith("kv ", StringComparison.Ordinal) ? await ReadAsync(server, thing[3..]) : await DigestAsync(server, thing);
                if (found is null) Assert.True(acknowledged is null, $"round {round}: {thing} is gone; {acknowledged} was acknowledged");
                else Assert.True(found == acknowledged || attempted.Contains(found), $"round {round}: {thing} is {found}; {acknowledged} was acknowledged");
                if (found is not null) things[thing] = (found, []);
            }
        }

        private async Task<string?> DigestAsync(Child server, string app)
        {
            using var answer = await server.Api.GetAsync($"/v1/apps/{app}");
            if (!answer.IsSuccessStatusCode) return null;
            var digest = (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["stable"]!["digest"]!;
            Assert.Equal(Modules[digest], await server.Client.GetStringAsync("/" + app));
            return digest;
        }

        private static async Task<string?> ReadAsync(Child server, string key)
        {
            using var answer = await server.Api.GetAsync($"/v1/apps/one/stores/s/entry?key={key}");
            return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync() : null;
        }
    }

    /// <summary>The server as a process.</summary>
    private sealed class Child : IDisposable
    {
        private readonly Process process;

        private Child(Process process, Uri address, Uri administration)
        {
            this.process = process;
            Client = new HttpClient { BaseAddress = address };
            Api = new HttpClient { BaseAddress = administration };
            Api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestAdmin.Token);
        }

        public HttpClient Client { get; }

        public HttpClient Api { get; }

        public static async Task<Child> StartAsync(string folder)
        {
            var program = Path.Combine(AppContext.BaseDirectory, "coffer-server.dll");
            var process = Process.Start(new ProcessStartInfo(
                "dotnet",
                [program, "serve", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--admin-token-file", Path.Combine(folder, "token"), "--state", Path.Combine(folder, "state"), "--cache", "off"])
            {
                RedirectStandardError = true,
            })!;
            Uri? address = null, administration = null;
            var seen = new StringBuilder();
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            while (administration is null)
            {
                var line = await process.StandardError.ReadLineAsync(limit.Token);
                Assert.True(line is not null, $"the server did not start: {seen}");
                seen.AppendLine(line);
                if (line.StartsWith("listening at ", StringComparison.Ordinal)) address = new Uri(line["listening at ".Length..]);
                if (line.StartsWith("administration at ", StringComparison.Ordinal)) administration = new Uri(line["administration at ".Length..]);
            }

            // Nobody may keep it waiting.
            _ = process.StandardError.ReadToEndAsync(CancellationToken.None);
            return new Child(process, address!, administration);
        }

        public void Kill()
        {
            process.Kill();
            process.WaitForExit();
        }

        public void Dispose()
        {
            if (!process.HasExited) Kill();
            process.Dispose();
            Client.Dispose();
            Api.Dispose();
        }
    }
}
