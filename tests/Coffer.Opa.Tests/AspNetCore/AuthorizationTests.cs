using System.Net;
using System.Security.Claims;
using Coffer.Opa.AspNetCore;
using Coffer.Opa.Decisions;
using Coffer.Opa.Tests.Abi;
using Coffer.Opa.Tests.Decisions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Coffer.Opa.Tests.AspNetCore;

/// <summary>Requests that a rule must allow.</summary>
public sealed class AuthorizationTests
{
    private const string Rule = "opa/wasm/test/allowed";

    [Theory]
    [InlineData("alice", HttpStatusCode.OK)]
    [InlineData("bob", HttpStatusCode.Forbidden)]
    [InlineData("", HttpStatusCode.Forbidden)]
    public async Task Endpoint_AsksItsRule(string user, HttpStatusCode status)
    {
        await using var application = await StartAsync(Rule, asMiddleware: false);
        Assert.Equal(status, await GetAsync(application, user));
    }

    [Theory]
    [InlineData("alice", HttpStatusCode.OK)]
    [InlineData("bob", HttpStatusCode.Forbidden)]
    public async Task Middleware_AsksItsRule(string user, HttpStatusCode status)
    {
        await using var application = await StartAsync(Rule, asMiddleware: true);
        Assert.Equal(status, await GetAsync(application, user));
    }

    [Fact]
    public async Task DecisionThatFails_AllowsNothing()
    {
        await using var endpoint = await StartAsync("no/such/rule", asMiddleware: false, Broken);
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync(endpoint, "alice"));
        await using var middleware = await StartAsync("test", asMiddleware: true, Broken);
        Assert.Equal(HttpStatusCode.InternalServerError, await GetAsync(middleware, "alice"));
    }

    private static PolicySet Broken() => PolicySet.Of(Policy.Load(new Engine(), WrittenPolicy.Evaluating("(unreachable)")));

    private static async Task<WebApplication> StartAsync(string rule, bool asMiddleware, Func<PolicySet>? policies = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Logging.ClearProviders();
        builder.Services.AddOpa(_ => new DecisionService((policies ?? (() => DecisionTests.Roles("alice")))()));
        builder.Services.AddAuthentication("test")
            .AddScheme<Microsoft.AspNetCore.Authentication.AuthenticationSchemeOptions, NamedUser>("test", null);
        var application = builder.Build();
        application.UseAuthentication();
        if (asMiddleware) application.UseOpa(rule);
        application.UseAuthorization();
        var endpoint = application.MapGet("/", () => "hello");
        if (!asMiddleware) endpoint.RequireOpa(rule);
        await application.StartAsync();
        return application;
    }

    private static async Task<HttpStatusCode> GetAsync(WebApplication application, string user)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        if (user.Length > 0) request.Headers.Add("X-User", user);
        using var client = application.GetTestClient();
        return (await client.SendAsync(request, TestContext.Current.CancellationToken)).StatusCode;
    }

    // Takes the name from a header.
    private sealed class NamedUser(
        Microsoft.Extensions.Options.IOptionsMonitor<Microsoft.AspNetCore.Authentication.AuthenticationSchemeOptions> options,
        ILoggerFactory logger, System.Text.Encodings.Web.UrlEncoder encoder)
        : Microsoft.AspNetCore.Authentication.AuthenticationHandler<Microsoft.AspNetCore.Authentication.AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<Microsoft.AspNetCore.Authentication.AuthenticateResult> HandleAuthenticateAsync()
        {
            var name = Request.Headers["X-User"].ToString();
            var identity = name.Length > 0
                ? new ClaimsIdentity([new Claim(ClaimTypes.Name, name)], "test")
                : new ClaimsIdentity([], "test");
            return Task.FromResult(Microsoft.AspNetCore.Authentication.AuthenticateResult.Success(
                new(new ClaimsPrincipal(identity), "test")));
        }
    }
}
