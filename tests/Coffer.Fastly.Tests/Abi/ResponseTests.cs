using Coffer.Fastly.Abi;

namespace Coffer.Fastly.Tests.Abi;

public sealed class ResponseTests
{
    [Fact]
    public async Task Response_IsSent_Once()
    {
        using var guest = await AbiGuest.StartAsync();
        var response = guest.Get("fastly_http_resp.new");
        guest.Do("fastly_http_resp.status_set", response, 418);
        guest.SetHeader("fastly_http_resp", response, "x-tea", "pot");
        guest.SetHeader("fastly_http_resp", response, "content-length", "999");
        guest.SetHeader("fastly_http_resp", response, "transfer-encoding", "chunked");
        guest.SetHeader("fastly_http_resp", response, "connection", "close");
        guest.Do("fastly_http_resp.send_downstream", response, guest.NewBody("short and stout"), 0);
        await guest.Session.Reply.Completion;
        Assert.Equal(418, guest.Response.Status);
        Assert.Equal(15, guest.Response.Head!.BodyLength);
        Assert.Equal([new("x-tea", "pot")], guest.Response.Head.Headers);
        Assert.Equal("short and stout", guest.Response.Text);
        Assert.Equal(FastlyStatus.Error, guest.Call("fastly_http_resp.send_downstream", guest.Get("fastly_http_resp.new"), guest.NewBody(), 0));
    }

    [Theory]
    [InlineData("12", 12L)]
    [InlineData("1x", 4L)]
    [InlineData("-1", 4L)]
    public async Task ManualFraming_IsTakenWhereItIsRight(string length, long expected)
    {
        using var guest = await AbiGuest.StartAsync();
        var response = guest.Get("fastly_http_resp.new");
        guest.SetHeader("fastly_http_resp", response, "content-length", length);
        guest.Do("fastly_http_resp.framing_headers_mode_set", response, 1);
        guest.Do("fastly_http_resp.send_downstream", response, guest.NewBody("body"), 0);
        Assert.Equal(expected, guest.Response.Head!.BodyLength);
    }

    [Theory]
    [InlineData(99)]
    [InlineData(1000)]
    [InlineData(-1)]
    [InlineData(65536 + 200)]
    public async Task Status_OutOfRange_IsRefused(int status)
    {
        using var guest = await AbiGuest.StartAsync();
        var response = guest.Get("fastly_http_resp.new");
        Assert.Equal(FastlyStatus.InvalidArgument, guest.Call("fastly_http_resp.status_set", response, status));
    }

    [Fact]
    public async Task EarlyHints_ComeBeforeTheResponse_AndOtherInformationIsRefused()
    {
        using var guest = await AbiGuest.StartAsync();
        var hints = guest.Get("fastly_http_resp.new");
        guest.Do("fastly_http_resp.status_set", hints, 103);
        guest.SetHeader("fastly_http_resp", hints, "link", "</a.css>; rel=preload");
        guest.Do("fastly_http_resp.send_downstream", hints, guest.NewBody(), 0);
        var other = guest.Get("fastly_http_resp.new");
        guest.Do("fastly_http_resp.status_set", other, 101);
        Assert.Equal(FastlyStatus.InvalidArgument, guest.Call("fastly_http_resp.send_downstream", other, guest.NewBody(), 0));
        guest.Do("fastly_http_resp.status_set", other, 200);
        guest.Do("fastly_http_resp.send_downstream", other, guest.NewBody("done"), 0);
        Assert.Equal(103, Assert.Single(guest.Response.Hints).StatusCode);
        Assert.Equal("done", guest.Response.Text);
    }

    [Fact]
    public async Task Response_TooLong_IsAborted()
    {
        using var guest = await AbiGuest.StartAsync(limits: FastlyLimits.Default with { ResponseBodyBytes = 10 });
        guest.Do("fastly_http_resp.send_downstream", guest.Get("fastly_http_resp.new"), guest.NewBody("more than ten bytes"), 0);
        await guest.Session.Reply.Completion;
        Assert.False(guest.Response.IsComplete);
        Assert.Contains("10 bytes", guest.Response.AbortReason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trailers_AreSent()
    {
        using var guest = await AbiGuest.StartAsync();
        var body = guest.NewBody("body");
        guest.Do("fastly_http_resp.send_downstream", guest.Get("fastly_http_resp.new"), body, 1);
        var (name, nameLength) = guest.Put("x-sum");
        var (value, valueLength) = guest.Put("7");
        guest.Do("fastly_http_body.trailer_append", body, name, nameLength, value, valueLength);
        guest.Do("fastly_http_body.close", body);
        await guest.Session.Reply.Completion.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal([new("x-sum", "7")], guest.Response.Trailers);
    }
}
