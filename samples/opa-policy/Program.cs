// An API whose endpoints ask a policy of Open Policy Agent. With --once it asks itself some questions, prints the answers and
// ends; without, it listens at http://127.0.0.1:8080.
using System.Security.Claims;
using Coffer;
using Coffer.Opa;
using Coffer.Opa.AspNetCore;
using Coffer.Opa.Decisions;
using Coffer.Opa.Values;
using Microsoft.AspNetCore.Http;

var folder = Path.Combine(AppContext.BaseDirectory, "policy");
var policy = Policy.Load(new Engine(), File.ReadAllBytes(Path.Combine(folder, "orders.wasm")), name: "orders.wasm");
var data = (RegoObject)RegoValue.Parse(File.ReadAllBytes(Path.Combine(folder, "data.json")));

var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.WebHost.UseUrls(args.Contains("--once") ? "http://127.0.0.1:0" : "http://127.0.0.1:8080");
builder.Services.AddOpa(_ => new DecisionService(PolicySet.Of(policy, data)), new OrdersInput());
var app = builder.Build();
app.UseOpa("orders/allow");
app.MapGet("/orders", () => "1 book");
app.MapPost("/orders", () => "added");
app.MapDelete("/orders/{id}", (int id) => $"removed {id}");

await app.StartAsync();
if (!args.Contains("--once"))
{
    Console.WriteLine($"listening at {string.Join(' ', app.Urls)}; try: curl -H 'X-User: carl' -X POST {app.Urls.First()}/orders");
    await app.WaitForShutdownAsync();
    return;
}

using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
foreach (var (user, method, path) in new[] { ("bob", "GET", "/orders"), ("", "GET", "/orders"), ("carl", "POST", "/orders"), ("bob", "POST", "/orders"), ("alice", "DELETE", "/orders/1"), ("carl", "DELETE", "/orders/1") })
{
    using var request = new HttpRequestMessage(new HttpMethod(method), path);
    if (user.Length > 0) request.Headers.Add("X-User", user);
    using var response = await client.SendAsync(request);
    Console.WriteLine($"{(user.Length > 0 ? user : "nobody"),-6} {method,-6} {path,-9} {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}".TrimEnd());
}

await app.StopAsync();

/// <summary>Tells the policy who asks, and for what. A header stands for what authentication would give.</summary>
internal sealed class OrdersInput : OpaInput
{
    public override RegoValue Of(HttpContext request, ClaimsPrincipal user)
    {
        var input = RegoObject.Of(("method", request.Request.Method));
        return request.Request.Headers["X-User"].ToString() is { Length: > 0 } name ? input.With("user", name) : input;
    }
}
