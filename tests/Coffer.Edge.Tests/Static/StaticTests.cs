using System.Net;
using System.Net.Http.Headers;

namespace Coffer.Edge.Tests.Static;

public sealed class StaticTests
{
    private static Task<TestEdge> StartAsync() => TestEdge.StartAsync(
        """{ "listeners": [{ "address": "127.0.0.1:0" }], "static": [{ "routes": ["/files"], "folder": "public", "maxAge": "1h" }] }""",
        ("public/a.txt", "0123456789"), ("public/sub/index.html", "<p>index"), ("public/.hidden", "secret"), ("public/.d/x", "secret"), ("secret.txt", "secret"));

    [Fact]
    public async Task Get_File_WithWhatClientsAskFor()
    {
        await using var edge = await StartAsync();
        using var response = await edge.Client.GetAsync("/files/a.txt");
        Assert.Equal("0123456789", await response.Content.ReadAsStringAsync());
        Assert.Equal("text/plain", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(TimeSpan.FromHours(1), response.Headers.CacheControl!.MaxAge);
        using var again = new HttpRequestMessage(HttpMethod.Get, "/files/a.txt") { Headers = { IfNoneMatch = { response.Headers.ETag! } } };
        using var unchanged = await edge.Client.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
        using var range = new HttpRequestMessage(HttpMethod.Get, "/files/a.txt") { Headers = { Range = new RangeHeaderValue(2, 4) } };
        using var part = await edge.Client.SendAsync(range);
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal("234", await part.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Get_Folder_ItsIndex()
    {
        await using var edge = await StartAsync();
        using var redirect = await edge.Client.GetAsync("/files/sub?x=1");
        Assert.Equal("/files/sub/?x=1", redirect.Headers.Location!.ToString());
        Assert.Equal("<p>index", await edge.Client.GetStringAsync("/files/sub/"));
    }

    [Theory]
    [InlineData("/files/.hidden")]
    [InlineData("/files/.d/x")]
    [InlineData("/files/../secret.txt")]
    [InlineData("/files/%2e%2e/secret.txt")]
    [InlineData("/files/..%2fsecret.txt")]
    [InlineData("/files/sub/..%5c..%5csecret.txt")]
    [InlineData("/files/link.txt")]
    [InlineData("/files/out/secret.txt")]
    [InlineData("/files/absent")]
    [InlineData("/files/pipe")]
    public async Task Get_WhatIsNotThere_404(string path)
    {
        await using var edge = await StartAsync();
        File.CreateSymbolicLink(Path.Combine(edge.Folder, "public/link.txt"), Path.Combine(edge.Folder, "secret.txt"));
        Directory.CreateSymbolicLink(Path.Combine(edge.Folder, "public/out"), edge.Folder);
        if (OperatingSystem.IsLinux())
        {
            using var make = System.Diagnostics.Process.Start("mkfifo", Path.Combine(edge.Folder, "public/pipe"));
            await make.WaitForExitAsync();
        }

        using var socket = new System.Net.Sockets.TcpClient();
        await socket.ConnectAsync(edge.Address);
        await socket.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
        var answer = await new StreamReader(socket.GetStream()).ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.StartsWith("HTTP/1.1 404", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("secret\n", answer, StringComparison.Ordinal);
    }
}
