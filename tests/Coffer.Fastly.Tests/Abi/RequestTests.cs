using Coffer.Fastly.Abi;

namespace Coffer.Fastly.Tests.Abi;

public sealed class RequestTests
{
    [Fact]
    public async Task Request_OfTheClient_IsReadAsItIs()
    {
        using var guest = await AbiGuest.StartAsync(request: new TestRequest("https://example.com/a?b=c", "PUT", "body"u8.ToArray()));
        guest.Do("fastly_http_req.body_downstream_get", AbiGuest.Result, AbiGuest.Result2);
        var (request, body) = (guest.Read(AbiGuest.Result), guest.Read(AbiGuest.Result2));
        Assert.Equal("https://example.com/a?b=c", guest.GetText("fastly_http_req.uri_get", request));
        Assert.Equal("PUT", guest.GetText("fastly_http_req.method_get", request));
        Assert.Equal(2, guest.Get("fastly_http_req.version_get", request));
        Assert.Equal("body", guest.ReadBody(body));
        Assert.Equal(4, guest.Get("fastly_http_req.downstream_client_ip_addr", AbiGuest.Buffer));
        Assert.Equal(16, guest.Get("fastly_http_downstream.downstream_server_ip_addr", request, AbiGuest.Buffer));
        Assert.Equal("0123456789abcdef0123456789abcdef", guest.GetText("fastly_http_downstream.downstream_client_request_id", request));
        Assert.Equal("none", guest.GetText("fastly_http_req.downstream_compliance_region"));
        Assert.Equal(0, guest.Get("fastly_http_downstream.downstream_client_ddos_detected", request));
    }

    [Fact]
    public async Task Tls_IsToldWhereItIsKnown()
    {
        var tls = new DownstreamTls("TLSv1.3", "TLS_AES_128_GCM_SHA256", "example.com", new byte[] { 1, 2, 3 });
        using var guest = await AbiGuest.StartAsync(request: new TestRequest { TlsInfo = tls });
        var request = guest.Session.RequestHandle;
        Assert.Equal("TLSv1.3", guest.GetText("fastly_http_req.downstream_tls_protocol"));
        Assert.Equal("TLS_AES_128_GCM_SHA256", guest.GetText("fastly_http_downstream.downstream_tls_cipher_openssl_name", request));
        Assert.Equal("example.com", guest.GetText("fastly_http_downstream.downstream_tls_client_servername", request));
        Assert.Equal("\u0001\u0002\u0003", guest.GetText("fastly_http_req.downstream_tls_raw_client_certificate"));
        Assert.Equal(FastlyStatus.None, guest.Call("fastly_http_downstream.downstream_tls_ja4", request, AbiGuest.Buffer, 100, AbiGuest.Written));
        using var plain = await AbiGuest.StartAsync();
        Assert.Equal(FastlyStatus.None, plain.Call("fastly_http_req.downstream_tls_protocol", AbiGuest.Buffer, 100, AbiGuest.Written));
    }

    [Fact]
    public async Task Request_OfTheGuest_CameFromNobody()
    {
        using var guest = await AbiGuest.StartAsync();
        var request = guest.NewRequest("http://example.com/");
        Assert.Equal(FastlyStatus.Error, guest.Call("fastly_http_downstream.downstream_client_ip_addr", request, AbiGuest.Buffer, AbiGuest.Result));
        Assert.Equal(FastlyStatus.Error, guest.Call("fastly_http_downstream.downstream_resvpnproxy_is_anonymous", request, AbiGuest.Result));
        Assert.Equal(FastlyStatus.BadHandle, guest.Call("fastly_http_downstream.downstream_client_ip_addr", 77, AbiGuest.Buffer, AbiGuest.Result));
    }

    [Theory]
    [InlineData("/path?query", 0)]
    [InlineData("http://example.com", 0)]
    [InlineData("https://example.com:8443/ü", 0)]
    [InlineData("http://example.com/#fragment", 0)]
    [InlineData("http://example.com/a b", 1)]
    [InlineData("http://example.com/\r\nX: y", 1)]
    [InlineData("http://", 1)]
    [InlineData("no url", 1)]
    [InlineData("", 1)]
    [InlineData("http://example.com\\evil", 1)]
    public async Task Urls_AreChecked(string url, int status)
    {
        using var guest = await AbiGuest.StartAsync();
        var request = guest.Get("fastly_http_req.new");
        var (pointer, length) = guest.Put(url);
        Assert.Equal((FastlyStatus)status, guest.Call("fastly_http_req.uri_set", request, pointer, length));
    }

    [Theory]
    [InlineData("PATCH", 0)]
    [InlineData("BREW", 0)]
    [InlineData("GET /evil HTTP/1.1\r\n", 1)]
    [InlineData("", 1)]
    public async Task Methods_AreChecked(string method, int status)
    {
        using var guest = await AbiGuest.StartAsync();
        var (pointer, length) = guest.Put(method);
        Assert.Equal((FastlyStatus)status, guest.Call("fastly_http_req.method_set", guest.Get("fastly_http_req.new"), pointer, length));
    }

    [Fact]
    public async Task Enumerations_AreChecked()
    {
        using var guest = await AbiGuest.StartAsync();
        var request = guest.Get("fastly_http_req.new");
        guest.Do("fastly_http_req.version_set", request, 3);
        Assert.Equal(3, guest.Get("fastly_http_req.version_get", request));
        Assert.Equal(FastlyStatus.InvalidArgument, guest.Call("fastly_http_req.version_set", request, 5));
        Assert.Equal(FastlyStatus.InvalidArgument, guest.Call("fastly_http_req.framing_headers_mode_set", request, 2));
        Assert.Equal(FastlyStatus.InvalidArgument, guest.Call("fastly_http_req.auto_decompress_response_set", request, 2));
        Assert.Equal(FastlyStatus.InvalidArgument, guest.Call("fastly_http_req.cache_override_set", request, 16, 0, 0));
        guest.Do("fastly_http_req.cache_override_v2_set", request, 7, 1, 1, AbiGuest.Buffer, 0);
    }

    [Fact]
    public async Task NextRequest_IsAnsweredWithNone()
    {
        using var guest = await AbiGuest.StartAsync();
        var promise = guest.Get("fastly_http_downstream.next_request", 0, AbiGuest.Buffer);
        Assert.Equal(1, guest.Get("fastly_async_io.is_ready", promise));
        Assert.Equal(FastlyStatus.None, guest.Call("fastly_http_downstream.next_request_wait", promise, AbiGuest.Result, AbiGuest.Result2));
        Assert.Equal(FastlyStatus.BadHandle, guest.Call("fastly_http_downstream.next_request_wait", promise, AbiGuest.Result, AbiGuest.Result2));
        guest.Do("fastly_http_downstream.next_request_abandon", guest.Get("fastly_http_downstream.next_request", 0, AbiGuest.Buffer));
    }

    [Fact]
    public async Task Keys_OfTheConfiguration_AreValid()
    {
        const string toml = """
            [local_server]
            fake_valid_fastly_keys = ["good"]
            """;
        using var good = await AbiGuest.StartAsync(toml, new TestRequest { Fields = { new("Fastly-Key", "good") } });
        Assert.Equal(1, good.Get("fastly_http_req.fastly_key_is_valid"));
        using var bad = await AbiGuest.StartAsync(toml, new TestRequest { Fields = { new("Fastly-Key", "bad") } });
        Assert.Equal(0, bad.Get("fastly_http_downstream.fastly_key_is_valid", bad.Session.RequestHandle));
    }

    [Fact]
    public async Task Bots_AreWhatTheHeadersSay()
    {
        using var guest = await AbiGuest.StartAsync(request: new TestRequest
        {
            Fields = { new("x-fastly-bot-analyzed", "true"), new("x-fastly-bot-name", "Crawly"), new("x-fastly-bot-category", "AI-CRAWLER") },
        });
        var request = guest.Session.RequestHandle;
        Assert.Equal(1, guest.Get("fastly_http_downstream.downstream_bot_analyzed", request));
        Assert.Equal(0, guest.Get("fastly_http_downstream.downstream_bot_detected", request));
        Assert.Equal("Crawly", guest.GetText("fastly_http_downstream.downstream_bot_name", request));
        Assert.Equal(3, guest.Get("fastly_http_downstream.downstream_bot_category_kind", request));
        Assert.Equal(FastlyStatus.None, guest.Call("fastly_http_downstream.downstream_bot_verified", request, AbiGuest.Result));
    }
}
