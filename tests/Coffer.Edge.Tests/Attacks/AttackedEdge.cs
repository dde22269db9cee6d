namespace Coffer.Edge.Tests.Attacks;

/// <summary>A server under attack: an app that must go on answering, and others that are attacked.</summary>
internal static class AttackedEdge
{
    private const string Head = "Content-Type: text/plain\n\n";

    /// <summary>Starts it.</summary>
    /// <param name="protocols">What is spoken without TLS: <c>http1</c> or <c>http2</c>.</param>
    /// <param name="limits">The limits of the apps that are attacked.</param>
    /// <param name="more">More of the configuration, such as <c>, "limits": { … }</c>.</param>
    public static Task<TestEdge> StartAsync(string protocols = "http1", string limits = "\"time\": \"20s\"", string more = "") => TestEdge.StartAsync(
        $$"""
        { "listeners": [{ "address": "127.0.0.1:0", "protocols": "{{protocols}}" }{{(protocols == "http2" ? ", { \"address\": \"127.0.0.1:0\" }" : "")}}],
          "apps": {
            "good": { "module": "good.wat", "routes": ["/good"] },
            "echo": { "module": "echo.wat", "routes": ["/echo"], "limits": { {{limits}} } },
            "flood": { "module": "flood.wat", "routes": ["/flood"], "limits": { "responseBody": "1TiB", {{limits}} } },
            "loop": { "module": "loop.wat", "routes": ["/loop"], "limits": { {{limits}} } },
            "secret": { "module": "secret.wat", "routes": ["/private"] },
            "host": { "module": "host.wat", "routes": ["inside.example/"] },
            "variables": { "module": "variables.wat", "routes": ["/"] } }{{more}} }
        """,
        ("good.wat", Programs.Printing(Head + "good")),
        ("echo.wat", Programs.Echo),
        ("flood.wat", Programs.Running("(call $print (i32.const 1024) (i32.const 26)) (loop $l (call $print (i32.const 4096) (i32.const 60000)) (br $l))", Head)),
        ("loop.wat", Programs.Running("(loop $l (br $l))")),
        ("secret.wat", Programs.Printing(Head + "private")),
        ("host.wat", Programs.Printing(Head + "inside")),
        ("variables.wat", Programs.Environment));

    /// <summary>That the good app answers, to a client like any other.</summary>
    public static async Task MustBeWellAsync(TestEdge edge)
    {
        using var client = new HttpClient { BaseAddress = new Uri(edge.Server.Addresses[^1]), Timeout = TimeSpan.FromSeconds(60) };
        Assert.Equal("good", await client.GetStringAsync("/good"));
        Assert.False(edge.Log.Has("mistake of the server"), string.Join('\n', edge.Log.Lines));
    }

    /// <summary>Waits until no guest runs.</summary>
    public static Task MustBeQuietAsync(TestEdge edge) =>
        Until.TrueAsync(() => edge.Server.Runtime.Admission.Running == 0, $"{edge.Server.Runtime.Admission.Running} guests go on");
}
