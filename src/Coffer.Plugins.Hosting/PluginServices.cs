using Coffer.Plugins;
using Coffer.Plugins.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Plugins for applications with dependency injection.</summary>
public static class PluginServices
{
    /// <summary>
    /// Adds a <see cref="PluginHost"/>. The plugins that the options name are loaded before the application starts; one that
    /// is not optional and cannot be loaded keeps it from starting. Changes of the configuration are followed.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="section">Where the configuration names plugins (<see cref="PluginsOptions"/>); null for nowhere.</param>
    /// <param name="configure">What is set in code.</param>
    public static IServiceCollection AddCofferPlugins(
        this IServiceCollection services, IConfiguration? section = null, Action<PluginsOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<PluginsOptions>();
        if (section is not null) options.Bind(section);
        if (configure is not null) options.Configure(configure);
        options.ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<PluginsOptions>, EntryReader>());
        services.TryAddSingleton(provider => new PluginHost(new PluginHostOptions
        {
            Loggers = provider.GetRequiredService<ILoggerFactory>(),
            TimeProvider = provider.GetService<TimeProvider>() ?? TimeProvider.System,
        }));
        services.TryAddSingleton<PluginLoader>();
        services.AddHostedService(provider => provider.GetRequiredService<PluginLoader>());
        return services;
    }

    /// <summary>Adds a check that all plugins serve.</summary>
    /// <param name="builder">The checks.</param>
    /// <param name="name">The name of the check.</param>
    public static IHealthChecksBuilder AddCofferPlugins(this IHealthChecksBuilder builder, string name = "plugins")
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddCheck<PluginHealthCheck>(name);
    }
}
