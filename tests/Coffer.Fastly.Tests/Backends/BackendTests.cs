using System.IO.Compression;
using Coffer.Capabilities;
using Coffer.Capabilities.Grants;
using Coffer.Fastly.Abi;
using Microsoft.AspNetCore.Http;

namespace Coffer.Fastly.Tests.Backends;

/// <summary>Requests to backends, over real connections.</summary>
public sealed class BackendTests
{
    private static string Toml(TestBackend backend, string more = "", string path = "") => $"""
        [local_server.backends.origin]
        url = "{backend.Url}{path}"
        {more}
        """;

    private static Task<TestBackend> EchoAsync() => TestBackend.StartAsync(async context =>
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        context.Response.Headers["x-host"] = context.Request.Headers.Host.ToString();
        context.Response.Headers["x-given"] = context.Request.Headers["x-given"];
        context.Response.Headers["x-length"] = context.Request.Headers.ContentLength?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none";
        await context.Response.WriteAsync($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString} {body}");
    });

    private static (int Response, int Body) Send(AbiGuest guest, int request, int body, string backend = "origin")
    {
        var (name, length) = guest.Put(backend);
        guest.Do("fastly_http_req.send", request, body, name, length, AbiGuest.Result, AbiGuest.Result2);
        return (guest.Read(AbiGuest.Result), guest.Read(AbiGuest.Result2));
    }

    [Fact]
    public async Task Request_GoesToTheBackend_WithWhatItHas()
    {
        await using var backend = await EchoAsync();
        using var guest = await AbiGuest.StartAsync(Toml(backend));
        var request = guest.NewRequest("http://example.com/some/path?q=1", "POST");
        guest.SetHeader("fastly_http_req", request, "x-given", "yes");
        guest.SetHeader("fastly_http_req", request, "content-length", "3");
        var (response, body) = Send(guest, request, guest.NewBody("payload"));
        Assert.Equal(200, guest.Get("fastly_http_resp.status_get", response) & 0xffff);
        Assert.Equal("example.com", guest.GetHeader("fastly_http_resp", response, "x-host"));
        Assert.Equal("yes", guest.GetHeader("fastly_http_resp", response, "x-given"));
        Assert.Equal("7", guest.GetHeader("fastly_http_resp", response, "x-length"));
        Assert.Equal("POST /some/path?q=1 payload", guest.ReadBody(body));
        Assert.Equal(FastlyStatus.BadHandle, guest.Call("fastly_http_req.close", request));
    }

    [Theory]
    [InlineData("", "/x", "", "example.com", "GET /x ")]
    [InlineData("override_host = 'other.example'", "/x", "/base", "other.example", "GET /base/x ")]
    [InlineData("", "//x/../y", "/base/", "example.com", "GET /base/y ")]
    public async Task Host_AndPath_AreWhatTheConfigurationSays(string more, string path, string prefix, string host, string echoed)
    {
        await using var backend = await EchoAsync();
        using var guest = await AbiGuest.StartAsync(Toml(backend, more, prefix));
        var (response, body) = Send(guest, guest.NewRequest($"http://example.com{path}"), guest.NewBody());
        Assert.Equal(host, guest.GetHeader("fastly_http_resp", response, "x-host"));
        Assert.Equal(echoed, guest.ReadBody(body).Replace("//", "/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task UnknownBackend_IsRefused_AndTheRequestIsKept()
    {
        using var guest = await AbiGuest.StartAsync();
        var request = guest.NewRequest("http://example.com/");
        var (name, length) = guest.Put("nowhere");
        Assert.Equal(FastlyStatus.InvalidArgument, guest.Call("fastly_http_req.send", request, guest.NewBody(), name, length, AbiGuest.Result, AbiGuest.Result2));
        Assert.Contains(guest.Log.Lines, line => line.Contains("\"nowhere\"", StringComparison.Ordinal));
        guest.Do("fastly_http_req.close", request);
    }

    [Fact]
    public async Task BackendThatIsNotThere_IsAnError_WithItsDetail()
    {
        using var guest = await AbiGuest.StartAsync("[local_server.backends.origin]\nurl = 'http://127.0.0.1:1'");
        var (name, length) = guest.Put("origin");
        var detail = guest.PutEmpty(24);
        Assert.Equal(FastlyStatus.Error, guest.Call("fastly_http_req.send_v2", guest.NewRequest("/"), guest.NewBody(), name, length, detail, AbiGuest.Result, AbiGuest.Result2));
        Assert.Equal(7, guest.Read(detail));
        Assert.Contains(guest.Log.Lines, line => line.Contains("origin", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Answers_AreStreamed_AndSentOn()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var backend = await TestBackend.StartAsync(async context =>
        {
            await context.Response.WriteAsync("first ");
            await context.Response.Body.FlushAsync();
            await go.Task;
            await context.Response.WriteAsync("second");
        });
        using var guest = await AbiGuest.StartAsync(Toml(backend));
        var (response, body) = Send(guest, guest.NewRequest("/"), guest.NewBody());
        Assert.Equal(6, guest.Get("fastly_http_body.read", body, AbiGuest.Buffer, 100));
        guest.WriteBody(body, "front ", front: true);
        guest.Do("fastly_http_resp.send_downstream", response, body, 0);
        // The guest can end while its response still comes.
        guest.Session.Dispose();
        go.SetResult();
        await guest.Session.Reply.Completion.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal("front second", guest.Response.Text);
    }

    [Fact]
    public async Task Requests_AreStreamed()
    {
        var seen = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var backend = await TestBackend.StartAsync(async context =>
        {
            var buffer = new byte[100];
            var count = await context.Request.Body.ReadAsync(buffer);
            seen.SetResult(System.Text.Encoding.UTF8.GetString(buffer, 0, count));
            using var reader = new StreamReader(context.Request.Body);
            await context.Response.WriteAsync(await reader.ReadToEndAsync());
        });
        using var guest = await AbiGuest.StartAsync(Toml(backend));
        var (name, length) = guest.Put("origin");
        var body = guest.NewBody("early");
        var pending = guest.Get("fastly_http_req.send_async_streaming", guest.NewRequest("/", "POST"), body, name, length);
        Assert.Equal("early", await seen.Task.WaitAsync(TimeSpan.FromSeconds(30)));
        guest.Do("fastly_http_req.pending_req_poll", pending, AbiGuest.Result, AbiGuest.Result2, AbiGuest.Result3);
        Assert.Equal(0, guest.Read(AbiGuest.Result));
        guest.WriteBody(body, "late");
        guest.Do("fastly_http_body.close", body);
        guest.Do("fastly_http_req.pending_req_wait", pending, AbiGuest.Result, AbiGuest.Result2);
        Assert.Equal("late", guest.ReadBody(guest.Read(AbiGuest.Result2)));
        Assert.Equal(FastlyStatus.BadHandle, guest.Call("fastly_http_req.pending_req_wait", pending, AbiGuest.Result, AbiGuest.Result2));
    }

    [Fact]
    public async Task Selection_GivesTheFirstThatAnswers()
    {
        var slow = new TaskCompletionSource();
        await using var backend = await TestBackend.StartAsync(async context =>
        {
            if (context.Request.Path == "/slow") await slow.Task;
            await context.Response.WriteAsync(context.Request.Path);
        });
        using var guest = await AbiGuest.StartAsync(Toml(backend));
        var (name, length) = guest.Put("origin");
        var pending = new[] { "/slow", "/fast" }.Select(path => guest.Get("fastly_http_req.send_async", guest.NewRequest(path), guest.NewBody(), name, length)).ToArray();
        var handles = guest.PutNumbers(pending);
        guest.Do("fastly_http_req.pending_req_select", handles, 2, AbiGuest.Result, AbiGuest.Result2, AbiGuest.Result3);
        Assert.Equal(1, guest.Read(AbiGuest.Result));
        Assert.Equal("/fast", guest.ReadBody(guest.Read(AbiGuest.Result3)));
        Assert.Equal(FastlyStatus.BadHandle, guest.Call("fastly_http_req.pending_req_select", handles, 2, AbiGuest.Result, AbiGuest.Result2, AbiGuest.Result3));
        Assert.Equal(FastlyStatus.InvalidArgument, guest.Call("fastly_http_req.pending_req_select", handles, 0, AbiGuest.Result, AbiGuest.Result2, AbiGuest.Result3));
        slow.SetResult();
        Assert.Equal(0, guest.Get("fastly_async_io.select", handles, 1, 0));
    }

    [Fact]
    public async Task PendingResponse_GoesToTheClient_WithItsChanges()
    {
        await using var backend = await EchoAsync();
        using var guest = await AbiGuest.StartAsync(Toml(backend) + "\n[local_server.backends.gone]\nurl = 'http://127.0.0.1:1'");
        foreach (var (name, status, header) in new[] { ("origin", 200, "response"), ("gone", 502, "error") })
        {
            using var run = guest.Another();
            var (pointer, length) = run.Put(name);
            var pending = run.Get("fastly_http_req.send_async", run.NewRequest("/"), run.NewBody(), pointer, length);
            var (field, fieldLength) = run.Put("x-kind");
            foreach (var (value, target) in new[] { ("response", 1), ("error", 2) })
            {
                var (v, valueLength) = run.Put(value);
                run.Do("fastly_http_req.pending_req_header_insert", pending, field, fieldLength, v, valueLength, target);
            }

            run.Do("fastly_http_resp.send_downstream_pending", pending);
            await run.Session.Reply.Completion.WaitAsync(TimeSpan.FromSeconds(30));
            Assert.Equal(status, run.Response.Status);
            Assert.Equal(header, run.Response.Header("x-kind"));
        }
    }

    [Fact]
    public async Task Gzip_IsDecompressed_WhereTheGuestAsks()
    {
        await using var backend = await TestBackend.StartAsync(async context =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            await using var gzip = new GZipStream(context.Response.Body, CompressionLevel.Fastest);
            await gzip.WriteAsync("plain"u8.ToArray());
        });
        using var guest = await AbiGuest.StartAsync(Toml(backend));
        var request = guest.NewRequest("/");
        guest.Do("fastly_http_req.auto_decompress_response_set", request, 1);
        var (response, body) = Send(guest, request, guest.NewBody());
        Assert.Equal("plain", guest.ReadBody(body));
        var (name, length) = guest.Put("content-encoding");
        Assert.Equal(FastlyStatus.InvalidArgument, guest.Call("fastly_http_resp.header_value_get", response, name, length, AbiGuest.Buffer, 10, AbiGuest.Written));
        (response, _) = Send(guest, guest.NewRequest("/"), guest.NewBody());
        Assert.Equal("gzip", guest.GetHeader("fastly_http_resp", response, "content-encoding"));
    }

    [Fact]
    public async Task Subrequests_AreBounded()
    {
        await using var backend = await EchoAsync();
        using var guest = await AbiGuest.StartAsync(Toml(backend), limits: FastlyLimits.Default with { Subrequests = 2 });
        for (var i = 0; i < 2; i++) Send(guest, guest.NewRequest("/"), guest.NewBody());
        var (name, length) = guest.Put("origin");
        Assert.Equal(FastlyStatus.LimitExceeded, guest.Call("fastly_http_req.send", guest.NewRequest("/"), guest.NewBody(), name, length, AbiGuest.Result, AbiGuest.Result2));
        Assert.Contains(guest.Log.Lines, line => line.Contains("Subrequests", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Answer_TooLong_IsALimit()
    {
        await using var backend = await TestBackend.StartAsync(context => context.Response.WriteAsync(new string('x', 100_000)));
        using var guest = await AbiGuest.StartAsync(Toml(backend), limits: FastlyLimits.Default with { BackendBodyBytes = 50_000 });
        var (_, body) = Send(guest, guest.NewRequest("/"), guest.NewBody());
        FastlyStatus status;
        while ((status = guest.Call("fastly_http_body.read", body, AbiGuest.Buffer, 4096, AbiGuest.Result)) == FastlyStatus.Ok) Assert.NotEqual(0, guest.Read(AbiGuest.Result));
        Assert.Equal(FastlyStatus.LimitExceeded, status);
    }

    [Fact]
    public async Task Times_AreKept()
    {
        var never = new TaskCompletionSource();
        await using var backend = await TestBackend.StartAsync(async context =>
        {
            if (context.Request.Path == "/late") await never.Task.WaitAsync(context.RequestAborted);
            await context.Response.WriteAsync("begun");
            await context.Response.Body.FlushAsync();
            await never.Task.WaitAsync(context.RequestAborted);
        });
        using var guest = await AbiGuest.StartAsync(Toml(backend, "first_byte_timeout_ms = 200\nbetween_bytes_timeout_ms = 200"));
        var (name, length) = guest.Put("origin");
        var detail = guest.PutEmpty(24);
        Assert.Equal(FastlyStatus.Error, guest.Call("fastly_http_req.send_v3", guest.NewRequest("/late"), guest.NewBody(), name, length, detail, AbiGuest.Result, AbiGuest.Result2));
        Assert.Equal(16, guest.Read(detail));
        var (_, body) = Send(guest, guest.NewRequest("/"), guest.NewBody());
        Assert.Equal(5, guest.Get("fastly_http_body.read", body, AbiGuest.Buffer, 100));
        Assert.Equal(FastlyStatus.Error, guest.Call("fastly_http_body.read", body, AbiGuest.Buffer, 100, AbiGuest.Result));
    }

    [Fact]
    public async Task Redirections_AreNotFollowed()
    {
        await using var backend = await TestBackend.StartAsync(context =>
        {
            context.Response.Redirect("http://169.254.169.254/latest/meta-data");
            return Task.CompletedTask;
        });
        using var guest = await AbiGuest.StartAsync(Toml(backend));
        var (response, _) = Send(guest, guest.NewRequest("/"), guest.NewBody());
        Assert.Equal(302, guest.Get("fastly_http_resp.status_get", response) & 0xffff);
    }

    [Fact]
    public async Task DynamicBackends_NeedAGrant()
    {
        await using var backend = await EchoAsync();
        var target = $"127.0.0.1:{backend.Port}";
        using (var guest = await AbiGuest.StartAsync())
        {
            Assert.Equal(FastlyStatus.Ok, Register(guest, "mine", target));
            Assert.Equal(FastlyStatus.Error, Register(guest, "mine", target));
            Assert.Equal(1, guest.Get("fastly_backend.is_dynamic", NameOf(guest, "mine").Pointer, 4));
            var (name, length) = guest.Put("mine");
            var detail = guest.PutEmpty(24);
            Assert.Equal(FastlyStatus.Error, guest.Call("fastly_http_req.send_v2", guest.NewRequest("/"), guest.NewBody(), name, length, detail, AbiGuest.Result, AbiGuest.Result2));
            Assert.Equal(5, guest.Read(detail));
            Assert.Contains(guest.Log.Lines, line => line.Contains("is not allowed", StringComparison.Ordinal) && line.Contains("--http", StringComparison.Ordinal));
        }

        var grants = TestApplication.Usual.With(new HttpGrant("http", new Capabilities.Network.EndPointPattern(
            Capabilities.Network.HostPattern.Of(null, System.Net.IPAddress.Loopback), Capabilities.Network.PortRange.Of(backend.Port))));
        using var granted = await AbiGuest.StartAsync(services: new FastlyServices { Capabilities = grants });
        Assert.Equal(FastlyStatus.Ok, Register(granted, "mine", target));
        var (_, body) = Send(granted, granted.NewRequest("/ok"), granted.NewBody(), "mine");
        Assert.Equal("GET /ok ", granted.ReadBody(body));
    }

    private static (int Pointer, int Length) NameOf(AbiGuest guest, string name) => guest.Put(name);

    private static FastlyStatus Register(AbiGuest guest, string name, string target, int mask = 0, int? block = null)
    {
        var (n, nameLength) = guest.Put(name);
        var (t, targetLength) = guest.Put(target);
        return guest.Call("fastly_http_req.register_dynamic_backend", n, nameLength, t, targetLength, mask, block ?? guest.PutEmpty(112));
    }

    [Theory]
    [InlineData("evil@127.0.0.1", 0)]
    [InlineData("127.0.0.1/path", 0)]
    [InlineData("127.0.0.1?x", 0)]
    [InlineData("", 0)]
    [InlineData("example.com", 1)]
    [InlineData("example.com", 1 << 19)]
    [InlineData("example.com", 2)]
    [InlineData("example.com", 1 << 8)]
    public async Task DynamicBackends_ThatAreWrong_AreRefused(string target, int mask)
    {
        using var guest = await AbiGuest.StartAsync();
        Assert.Equal(FastlyStatus.InvalidArgument, Register(guest, "mine", target, mask));
    }

    [Fact]
    public async Task DynamicBackends_AreBounded()
    {
        using var guest = await AbiGuest.StartAsync(limits: FastlyLimits.Default with { DynamicBackends = 3 });
        for (var i = 0; i < 3; i++) Assert.Equal(FastlyStatus.Ok, Register(guest, $"b{i}", "example.com"));
        Assert.Equal(FastlyStatus.LimitExceeded, Register(guest, "b3", "example.com"));
    }

    [Fact]
    public async Task GuestsHost_ChangesTheHeaderAlone()
    {
        await using var backend = await EchoAsync();
        using var guest = await AbiGuest.StartAsync(Toml(backend));
        var request = guest.NewRequest("http://127.0.0.1:2/x");
        guest.SetHeader("fastly_http_req", request, "host", "internal.example:99");
        var (response, body) = Send(guest, request, guest.NewBody());
        Assert.Equal("internal.example:99", guest.GetHeader("fastly_http_resp", response, "x-host"));
        Assert.Equal("GET /x ", guest.ReadBody(body));
    }

    [Fact]
    public async Task Tls_ComparesTheNameOfTheConfiguration()
    {
        await using var backend = await TestBackend.StartAsync(context => context.Response.WriteAsync("secure"), "backend.example");
        var pem = backend.Certificate!.ExportCertificatePem();
        foreach (var (more, isGood) in new[]
        {
            ($"cert_host = 'backend.example'\nca_certificate = '''{pem}'''", true),
            ($"cert_host = 'backend.example'\nca_certificate = '''{pem}'''\nuse_sni = false", true),
            ($"cert_host = 'other.example'\nca_certificate = '''{pem}'''", false),
            ($"cert_host = 'other.example'\nca_certificate = '''{pem}'''\nuse_sni = false", false),
            ("cert_host = 'backend.example'", false),
        })
        {
            using var guest = await AbiGuest.StartAsync(Toml(backend, more));
            var (name, length) = guest.Put("origin");
            var detail = guest.PutEmpty(24);
            // The Host header is not what the certificate is compared with.
            var status = guest.Call("fastly_http_req.send_v2", guest.NewRequest("https://backend.example/"), guest.NewBody(), name, length, detail, AbiGuest.Result, AbiGuest.Result2);
            Assert.Equal(isGood ? FastlyStatus.Ok : FastlyStatus.Error, status);
            Assert.Equal(isGood ? 1 : 11, guest.Read(detail));
            if (isGood) Assert.Equal("secure", guest.ReadBody(guest.Read(AbiGuest.Result2)));
        }
    }

    [Fact]
    public async Task Getters_TellTheConfiguration()
    {
        using var guest = await AbiGuest.StartAsync("""
            [local_server.backends.a]
            url = "https://example.com/base"
            override_host = "other.example"
            health = "Healthy"
            first_byte_timeout_ms = 1234
            [local_server.backends.b]
            url = "http://[::1]:8080"
            """);
        var (a, one) = guest.Put("a");
        var (b, _) = guest.Put("b");
        Assert.Equal(1, guest.Get("fastly_backend.exists", a, one));
        Assert.Equal(0, guest.Get("fastly_backend.exists", a, 0));
        Assert.Equal("example.com", guest.GetText("fastly_backend.get_host", a, one));
        Assert.Equal("other.example", guest.GetText("fastly_backend.get_override_host", a, one));
        Assert.Equal(FastlyStatus.None, guest.Call("fastly_backend.get_override_host", b, one, AbiGuest.Buffer, 100, AbiGuest.Written));
        Assert.Equal(443, guest.Get("fastly_backend.get_port", a, one) & 0xffff);
        Assert.Equal(8080, guest.Get("fastly_backend.get_port", b, one) & 0xffff);
        Assert.Equal(1, guest.Get("fastly_backend.is_healthy", a, one));
        Assert.Equal(1, guest.Get("fastly_backend.is_ssl", a, one));
        Assert.Equal(1234, guest.Get("fastly_backend.get_first_byte_timeout_ms", a, one));
        Assert.Equal(FastlyStatus.InvalidArgument, guest.Call("fastly_backend.get_port", a, 0, AbiGuest.Result));
    }

    [Fact]
    public async Task Grpc_IsHttp2()
    {
        await using var backend = await TestBackend.StartAsync(async context =>
        {
            context.Response.Headers["x-protocol"] = context.Request.Protocol;
            context.Response.AppendTrailer("grpc-status", "0");
            await context.Response.WriteAsync("message");
        }, "127.0.0.1", Microsoft.AspNetCore.Server.Kestrel.Core.HttpProtocols.Http2);
        using var guest = await AbiGuest.StartAsync(Toml(backend, $"grpc = true\nca_certificate = '''{backend.Certificate!.ExportCertificatePem()}'''"));
        var (response, body) = Send(guest, guest.NewRequest("/service/method", "POST"), guest.NewBody("request"));
        Assert.Equal("HTTP/2", guest.GetHeader("fastly_http_resp", response, "x-protocol"));
        Assert.Equal("message", guest.ReadBody(body));
        var (name, length) = guest.Put("grpc-status");
        Assert.Equal("0", guest.GetText("fastly_http_body.trailer_value_get", body, name, length));
    }

    [Fact]
    public async Task Shields_AreBackends()
    {
        await using var backend = await EchoAsync();
        using var guest = await AbiGuest.StartAsync($$"""
            [local_server.shielding_sites]
            here = "Local"
            there = { unencrypted = "{{backend.Url}}/", encrypted = "https://127.0.0.1/" }
            """);
        var (name, length) = guest.Put("here");
        Assert.Equal(3, guest.Get("fastly_shielding.shield_info", name, length, AbiGuest.Buffer, 100));
        (name, length) = guest.Put("there");
        var size = guest.Get("fastly_shielding.shield_info", name, length, AbiGuest.Buffer, 100);
        Assert.Equal($"\0{backend.Url}/\0https://127.0.0.1/\0", guest.Text(AbiGuest.Buffer, size));
        (name, length) = guest.Put($"{backend.Url}/");
        size = guest.Get("fastly_shielding.backend_for_shield", name, length, 0, guest.PutEmpty(16), AbiGuest.Buffer, 100);
        var (_, body) = Send(guest, guest.NewRequest("/x"), guest.NewBody(), guest.Text(AbiGuest.Buffer, size));
        Assert.Equal("GET /x ", guest.ReadBody(body));
        (name, length) = guest.Put("nowhere");
        Assert.Equal(FastlyStatus.InvalidArgument, guest.Call("fastly_shielding.shield_info", name, length, AbiGuest.Buffer, 100, AbiGuest.Result));
    }
}
