using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Coffer.ProxyWasm.Tests.HttpWasm;

/// <summary>
/// The cases of the compatibility kit of http-wasm, by its guest: each request names one, the guest checks what it can see,
/// and the upstream tells what came to it.
/// </summary>
public sealed class CompatibilityKitTests
{
    private static readonly (string Id, string Path)[] Uris =
    [
        ("simple", "/simple"), ("simple/escaping", "/simple%26clean"),
        ("query", "/animal?name=panda"), ("query/escaping", "/disney?name=chip%26dale"),
    ];

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task AllCases_Pass(string version)
    {
        await using var proxy = new RealProxy();
        await proxy.AddUpstreamAsync(Answer);
        proxy.Write("filter.wasm", File.ReadAllBytes(TestData.Require("proxy-wasm/http-wasm/tck/tck.wasm")));
        await proxy.StartAsync(RealProxy.Single().Replace("\"127.0.0.1:0\"", version == "2.0" ? "\"127.0.0.1:0\", \"protocols\": \"http2\"" : "\"127.0.0.1:0\""));
        var kit = new Kit(proxy.Client, Version.Parse(version));

        Assert.Equal($"HTTP/{version}", await kit.RunAsync("get_protocol_version"));
        foreach (var method in new[] { "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH" }) await kit.RunAsync($"get_method/{method}", method);
        await kit.RunAsync("set_method");
        Assert.Equal("POST", kit.Next("method"));
        foreach (var (id, path) in Uris) await kit.RunAsync($"get_uri/{id}", path: path);
        foreach (var (id, path) in Uris)
        {
            await kit.RunAsync($"set_uri/{id}");
            Assert.Equal(path, kit.Next("uri"));
        }

        await kit.RunAsync("get_header_values/request/lowercase-key", headers: [("single-header", "value")]);
        await kit.RunAsync("get_header_values/request/mixedcase-key", headers: [("Single-Header", "value")]);
        await kit.RunAsync("get_header_values/request/not-exists");
        await kit.RunWithLinesAsync("get_header_values/request/multiple-values", "multi-header: value1", "multi-header: value2");
        await kit.RunAsync("get_header_names/request", headers: [("a-header", "value1"), ("b-header", "2")]);
        await kit.RunAsync("set_header_value/request/new", headers: [("existing-header", "bear")]);
        Assert.Equal("value", kit.Next("header-new-header-0"));
        await kit.RunAsync("set_header_value/request/existing", headers: [("existing-header", "bear")]);
        Assert.Equal("value", kit.Next("header-existing-header-0"));
        await kit.RunAsync("add_header_value/request/new", headers: [("existing-header", "bear")]);
        Assert.Equal("value", kit.Next("header-new-header-0"));
        await kit.RunAsync("add_header_value/request/existing", headers: [("existing-header", "bear")]);
        Assert.Equal("bear", kit.Next("header-existing-header-0"));
        Assert.Equal("value", kit.Next("header-existing-header-1"));
        await kit.RunAsync("remove_header/request/new", headers: [("existing-header", "bear")]);
        Assert.Equal("bear", kit.Next("header-existing-header-0"));
        await kit.RunAsync("remove_header/request/existing", headers: [("existing-header", "bear")]);
        Assert.Null(kit.Next("header-existing-header-0"));
        foreach (var (id, size) in new[] { ("empty", 0), ("small", 5), ("medium", 2048), ("large", 4096), ("xlarge", 5000) })
        {
            await kit.RunAsync($"read_body/request/{id}", "POST", body: new string('a', size));
        }

        await kit.RunAsync("get_source_addr");
        Assert.Equal(35, kit.Cases);
    }

    private static Task Answer(HttpContext context)
    {
        context.Response.Headers["x-httpwasm-next-method"] = context.Request.Method;
        context.Response.Headers["x-httpwasm-next-uri"] = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
        foreach (var (name, values) in context.Request.Headers)
        {
            for (var i = 0; i < values.Count; i++)
            {
                // A header that came twice may have come as one.
                foreach (var (value, j) in values[i]!.Split(',').Select((value, j) => (value, j))) context.Response.Headers[$"x-httpwasm-next-header-{name}-{i + j}"] = value.Trim();
            }
        }

        return Task.CompletedTask;
    }

    private sealed class Kit(HttpClient client, Version version)
    {
        private HttpResponseMessage? last;

        public int Cases { get; private set; }

        public async Task<string> RunAsync(
            string id, string method = "GET", string path = "/", (string Name, string Value)[]? headers = null, string? body = null)
        {
            Cases++;
            using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(client.BaseAddress!, path))
            {
                Version = version,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = body is null ? null : new StringContent(body),
            };
            request.Headers.Add("x-httpwasm-tck-testid", id);
            foreach (var (name, value) in headers ?? []) request.Headers.Add(name, value);
            last?.Dispose();
            last = await client.SendAsync(request);
            var failure = last.Headers.TryGetValues("x-httpwasm-tck-failed", out var messages) ? messages.First() : "";
            Assert.True(last.Headers.TryGetValues("x-httpwasm-tck-handled", out var handled) && handled.Single() == "1", $"{id}: not handled, {last.StatusCode} {failure}");
            Assert.True(last.StatusCode != HttpStatusCode.InternalServerError, $"{id}: {failure}");
            return await last.Content.ReadAsStringAsync();
        }

        // The platform's client makes one line of two values; the kit's own does not.
        public async Task RunWithLinesAsync(string id, params string[] lines)
        {
            if (version.Major == 1)
            {
                Cases++;
                using var connection = new TcpClient();
                await connection.ConnectAsync(client.BaseAddress!.Host, client.BaseAddress.Port);
                var stream = connection.GetStream();
                await stream.WriteAsync(Encoding.ASCII.GetBytes(
                    $"GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\nx-httpwasm-tck-testid: {id}\r\n{string.Join("\r\n", lines)}\r\n\r\n"));
                using var reader = new StreamReader(stream);
                Check(id, await reader.ReadToEndAsync());
                return;
            }

            Process? curl = null;
            try
            {
                curl = Process.Start(new ProcessStartInfo(
                    "curl", ["-si", "--http2-prior-knowledge", "-H", $"x-httpwasm-tck-testid: {id}", .. lines.SelectMany(line => new[] { "-H", line }), client.BaseAddress!.ToString()])
                {
                    RedirectStandardOutput = true,
                });
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // Without curl nothing here sends two lines by HTTP/2; HTTP/1.1 has shown the same.
            }

            Cases++;
            using (curl)
            {
                if (curl is not null) Check(id, await curl.StandardOutput.ReadToEndAsync());
            }
        }

        private static void Check(string id, string response)
        {
            Assert.True(response.Contains("x-httpwasm-tck-handled: 1", StringComparison.OrdinalIgnoreCase), $"{id}: {response}");
            Assert.False(response.Contains("x-httpwasm-tck-failed", StringComparison.OrdinalIgnoreCase), $"{id}: {response}");
        }

        public string? Next(string name) => last!.Headers.TryGetValues($"x-httpwasm-next-{name}", out var values) ? values.Single() : null;
    }
}
