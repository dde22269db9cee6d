using Coffer.Fastly.Abi;

namespace Coffer.Fastly.Tests.Abi;

public sealed class BodyTests
{
    [Fact]
    public async Task Bodies_ArePushedAtBothEnds_AndAppended()
    {
        using var guest = await AbiGuest.StartAsync();
        var body = guest.NewBody("middle");
        guest.WriteBody(body, " back");
        guest.WriteBody(body, "front ", front: true);
        var other = guest.NewBody(" and more");
        Assert.Equal(FastlyStatus.Ok, guest.Call("fastly_http_body.known_length", body, AbiGuest.Result));
        Assert.Equal(17, guest.ReadLong(AbiGuest.Result));
        guest.Do("fastly_http_body.append", body, other);
        Assert.Equal(FastlyStatus.BadHandle, guest.Call("fastly_http_body.read", other, AbiGuest.Buffer, 10, AbiGuest.Result));
        Assert.Equal("front middle back and more", guest.ReadBody(body));
        guest.Do("fastly_http_body.close", body);
        Assert.Equal(FastlyStatus.BadHandle, guest.Call("fastly_http_body.close", body));
    }

    [Fact]
    public async Task Body_AppendedToItself_IsRefused_AndKept()
    {
        using var guest = await AbiGuest.StartAsync();
        var body = guest.NewBody("kept");
        Assert.Equal(FastlyStatus.BadHandle, guest.Call("fastly_http_body.append", body, body));
        Assert.Equal("kept", guest.ReadBody(body));
    }

    [Fact]
    public async Task Body_AppendedToWhatIsNone_IsKept()
    {
        using var guest = await AbiGuest.StartAsync();
        var body = guest.NewBody("kept");
        Assert.Equal(FastlyStatus.BadHandle, guest.Call("fastly_http_body.append", 999, body));
        Assert.Equal("kept", guest.ReadBody(body));
    }

    [Fact]
    public async Task Request_BodyIsReadAsItComes()
    {
        var pipe = new System.IO.Pipelines.Pipe();
        using var guest = await AbiGuest.StartAsync(request: new TestRequest(method: "POST") { BodyStream = pipe.Reader.AsStream() });
        var body = guest.Session.BodyHandle;
        Assert.Equal(0, guest.Get("fastly_async_io.is_ready", body));
        Assert.Equal(FastlyStatus.None, guest.Call("fastly_http_body.known_length", body, AbiGuest.Result));
        await pipe.Writer.WriteAsync("first"u8.ToArray());
        Assert.Equal(5, guest.Get("fastly_http_body.read", body, AbiGuest.Buffer, 100));
        await pipe.Writer.WriteAsync("second"u8.ToArray());
        await pipe.Writer.CompleteAsync();
        Assert.Equal("second", guest.ReadBody(body));
    }

    [Fact]
    public async Task Trailers_AreKnownAtTheEnd()
    {
        using var guest = await AbiGuest.StartAsync();
        var body = guest.NewBody("some");
        var (name, nameLength) = guest.Put("X-Check");
        var (value, valueLength) = guest.Put("sum");
        guest.Do("fastly_http_body.trailer_append", body, name, nameLength, value, valueLength);
        Assert.Equal(FastlyStatus.Again, guest.Call("fastly_http_body.trailer_names_get", body, AbiGuest.Buffer, 100, 0, AbiGuest.Result, AbiGuest.Written));
        Assert.Equal("some", guest.ReadBody(body));
        guest.Do("fastly_http_body.trailer_names_get", body, AbiGuest.Buffer, 100, 0, AbiGuest.Result, AbiGuest.Written);
        Assert.Equal("x-check\0", guest.Text(AbiGuest.Buffer, guest.Read(AbiGuest.Written)));
        Assert.Equal("sum", guest.GetText("fastly_http_body.trailer_value_get", body, name, nameLength));
    }

    [Fact]
    public async Task Body_ThatIsSent_IsWrittenOn_UntilItIsClosed()
    {
        using var guest = await AbiGuest.StartAsync();
        var body = guest.NewBody("begun, ");
        var response = guest.Get("fastly_http_resp.new");
        guest.Do("fastly_http_resp.send_downstream", response, body, 1);
        Assert.Equal(FastlyStatus.BadHandle, guest.Call("fastly_http_body.read", body, AbiGuest.Buffer, 10, AbiGuest.Result));
        Assert.Equal(FastlyStatus.BadHandle, guest.Call("fastly_http_body.write", body, AbiGuest.Buffer, 1, 1, AbiGuest.Result));
        Assert.Equal(FastlyStatus.None, guest.Call("fastly_http_body.known_length", body, AbiGuest.Result));
        guest.WriteBody(body, "written, ");
        guest.Do("fastly_http_body.append", body, guest.NewBody("appended"));
        Assert.False(guest.Response.IsComplete);
        guest.Do("fastly_http_body.close", body);
        await guest.Session.Reply.Completion.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal("begun, written, appended", guest.Response.Text);
        Assert.True(guest.Response.IsComplete);
        Assert.Null(guest.Response.Head!.BodyLength);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Body_ThatIsNotFinished_IsAborted(bool abandons)
    {
        var guest = await AbiGuest.StartAsync();
        var body = guest.NewBody("begun");
        guest.Do("fastly_http_resp.send_downstream", guest.Get("fastly_http_resp.new"), body, 1);
        if (abandons) guest.Do("fastly_http_body.abandon", body);
        guest.Dispose();
        await guest.Session.Reply.Completion.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(guest.Response.IsComplete);
        Assert.Contains("without closing", guest.Response.AbortReason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SlowClient_SlowsTheGuestDown_AndTheHostKeepsLittle()
    {
        var open = new TaskCompletionSource();
        using var guest = await AbiGuest.StartAsync(response: new TestResponse { Gate = open.Task });
        var body = guest.NewBody();
        guest.Do("fastly_http_resp.send_downstream", guest.Get("fastly_http_resp.new"), body, 1);
        var total = 0;
        while (guest.Get("fastly_async_io.is_ready", body) == 1 && total < 10 << 20) total += guest.Get("fastly_http_body.write", body, 0, 32 << 10, 0);
        Assert.InRange(total, 1, 1 << 20);
        open.SetResult();
        // Now that somebody reads, writing a lot ends.
        for (var i = 0; i < 64; i++) total += guest.Get("fastly_http_body.write", body, 0, 128 << 10, 0);
        guest.Do("fastly_http_body.close", body);
        await guest.Session.Reply.Completion.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(total, guest.Response.Length);
    }

    [Fact]
    public async Task BodyOfTheClient_IsSentBack_WithoutBeingKept()
    {
        using var guest = await AbiGuest.StartAsync(request: new TestRequest(method: "POST") { BodyStream = new EndlessStream(5 << 20) }, limits: FastlyLimits.Default with { BufferedBodyBytes = 1000 });
        guest.Do("fastly_http_resp.send_downstream", guest.Get("fastly_http_resp.new"), guest.Session.BodyHandle, 0);
        await guest.Session.Reply.Completion.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(5 << 20, guest.Response.Length);
    }
}
