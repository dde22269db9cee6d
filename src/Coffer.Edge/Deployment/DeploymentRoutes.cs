using Coffer.Edge.Apps;
using Coffer.Edge.Routing;

namespace Coffer.Edge.Deployment;

/// <summary>The routes of what is deployed, among those of the server.</summary>
/// <param name="book">The routes of the server.</param>
/// <param name="runtime">What apps use together.</param>
internal sealed class DeploymentRoutes(RouteBook book, AppRuntime runtime)
{
    // The name of these routes among those of a server.
    private const string Source = "deployments";

    /// <summary>Whether an app could have the routes that its settings name, beside some others and all that is not deployed.</summary>
    /// <exception cref="DeploymentException">Somebody has one of them, or one is none.</exception>
    public void Check(string name, DeploymentSettings settings, App app, IEnumerable<DeployedApp> others)
    {
        try
        {
            book.Check(Source, [.. others.Where(other => other.Record.Name != name).SelectMany(RoutesOf), .. RoutesOf(settings, app)]);
        }
        catch (ArgumentException exception)
        {
            throw new DeploymentException(DeploymentFailure.Conflict, $"the routes of {name} cannot be used: {exception.Message}", exception);
        }
    }

    /// <summary>Lets requests see the routes of some apps, and no other that is deployed.</summary>
    /// <exception cref="DeploymentException">They do not go together, or with the others of the server.</exception>
    public void Replace(IEnumerable<DeployedApp> apps)
    {
        try
        {
            book.Replace(Source, [.. apps.SelectMany(RoutesOf)]);
        }
        catch (ArgumentException exception)
        {
            throw new DeploymentException(DeploymentFailure.Conflict, $"the routes cannot be used: {exception.Message}", exception);
        }
    }

    private IEnumerable<Route> RoutesOf(DeployedApp app) => app.Settings is { } settings ? RoutesOf(settings, app.App) : [];

    private IEnumerable<Route> RoutesOf(DeploymentSettings settings, App app) => settings.Routes.Select(route =>
        Route.Parse(route.Text, new AppTarget(app, runtime)) with { IsExact = route.IsExact, Methods = route.Methods });
}
