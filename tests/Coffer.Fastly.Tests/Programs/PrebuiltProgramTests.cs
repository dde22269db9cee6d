namespace Coffer.Fastly.Tests.Programs;

/// <summary>Programs that were built with the SDKs for JavaScript and AssemblyScript.</summary>
public sealed class PrebuiltProgramTests
{
    [Fact]
    public async Task JavaScript_AnswersAsItsSourceSays()
    {
        using var application = await TestApplication.OfFileAsync("guests/fastly/js_hello.wasm");
        var (result, response) = await application.RunAsync(new TestRequest("http://localhost/some/path?x=1"));
        Assert.Null(result.Reason);
        Assert.Equal(FastlyOutcome.Responded, result.Outcome);
        Assert.Equal(200, response.Status);
        Assert.Equal("fastly", response.Header("x-guest"));
        Assert.Equal("hello from fastly js-compute /some/path svc=0 ip=127.0.0.1\n", response.Text);
        Assert.True(response.IsComplete);
    }

    [Fact]
    public async Task JavaScript_ReadsTheBody()
    {
        using var application = await TestApplication.OfFileAsync("guests/fastly/js_hello.wasm");
        var (result, response) = await application.RunAsync(TestRequest.Post("http://localhost/echo", "Grüße"));
        Assert.Null(result.Reason);
        Assert.Equal("POST", response.Header("x-method"));
        Assert.Equal("Grüße", response.Text);
    }

    [Fact]
    public async Task JavaScript_BackendThatIsNotThere_IsA500OfTheProgram()
    {
        using var application = await TestApplication.OfFileAsync("guests/fastly/js_hello.wasm");
        var (_, response) = await application.RunAsync(new TestRequest("http://localhost/backend"));
        Assert.Equal(500, response.Status);
        Assert.Contains(application.Log.Lines, line => line.Contains("origin", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AssemblyScript_Answers()
    {
        using var application = await TestApplication.OfFileAsync("guests/fastly/as_hello.wasm");
        var (result, response) = await application.RunAsync(new TestRequest("http://localhost/some"));
        Assert.Null(result.Reason);
        Assert.Equal(200, response.Status);
        Assert.Contains("hello", response.Text, StringComparison.OrdinalIgnoreCase);
    }
}
