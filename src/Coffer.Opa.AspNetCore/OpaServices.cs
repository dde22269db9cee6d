using Coffer.Opa.AspNetCore.Api;
using Coffer.Opa.Decisions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Coffer.Opa.AspNetCore;

/// <summary>Decisions by policies in an application of ASP.NET Core.</summary>
public static class OpaServices
{
    /// <summary>
    /// Adds a service that decides by policies, and the authorization by rules: endpoints that
    /// <see cref="RequireOpa{TBuilder}"/>, and policies of ASP.NET Core that <see cref="RequireRule"/>.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="decisions">Makes the service that decides; it is disposed with the application.</param>
    /// <param name="input">What policies are told of requests.</param>
    public static IServiceCollection AddOpa(
        this IServiceCollection services, Func<IServiceProvider, DecisionService> decisions, OpaInput? input = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(decisions);
        services.AddHttpContextAccessor();
        services.AddAuthorization();
        services.TryAddSingleton(decisions);
        services.TryAddSingleton(input ?? new OpaInput());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IAuthorizationHandler, OpaAuthorizationHandler>());
        return services;
    }

    /// <summary>A policy of ASP.NET Core asks that a rule is true.</summary>
    public static AuthorizationPolicyBuilder RequireRule(this AuthorizationPolicyBuilder builder, string path)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddRequirements(new OpaRequirement(path));
    }

    /// <summary>Endpoints ask that a rule is true.</summary>
    public static TBuilder RequireOpa<TBuilder>(this TBuilder endpoints, string path) where TBuilder
        : IEndpointConventionBuilder =>
        endpoints.RequireAuthorization(policy => policy.RequireRule(path));

    /// <summary>
    /// Asks a rule about every request, before anything else sees it: those for which it is not <c>true</c> are answered with
    /// 403, and when it cannot be evaluated with 500.
    /// </summary>
    public static IApplicationBuilder UseOpa(this IApplicationBuilder application, string path)
    {
        ArgumentNullException.ThrowIfNull(application);
        return application.Use(async (context, next) =>
        {
            var decisions = context.RequestServices.GetRequiredService<DecisionService>();
            var input = context.RequestServices.GetRequiredService<OpaInput>();
            bool isAllowed;
            try
            {
                isAllowed = decisions.Decide(
                    path, input.Of(context, context.User), context.Connection.RemoteIpAddress?.ToString(),
                    context.RequestAborted).IsTrue;
            }
            catch (PolicyException)
            {
                context.Response.StatusCode = StatusCodes.Status500InternalServerError;
                return;
            }

            if (isAllowed) await next(context).ConfigureAwait(false);
            else context.Response.StatusCode = StatusCodes.Status403Forbidden;
        });
    }

    /// <summary>
    /// Serves the REST API of Open Policy Agent: decisions and data under <c>/v1/data</c> and <c>/v0/data</c>, a list of policies,
    /// and health. Whoever reaches it can read and change data: keep it from those who may not.
    /// </summary>
    public static void MapOpaApi(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        OpaApi.Map(endpoints, endpoints.ServiceProvider.GetRequiredService<DecisionService>());
    }
}
