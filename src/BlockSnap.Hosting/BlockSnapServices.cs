using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace BlockSnap.Hosting;

/// <summary>Adds pools to a host. Called by one thread, while services are added.</summary>
public static class BlockSnapServices
{
    /// <summary>
    /// Adds the pool of a host, as the service <see cref="DiskPool"/>. It is opened when the host starts, its policies run while the host
    /// does, and it is closed with the host's services.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options, of which the directory is required; or null when they are bound to a configuration.</param>
    /// <returns>The options, to be bound or checked further.</returns>
    public static OptionsBuilder<BlockSnapOptions> AddBlockSnap(this IServiceCollection services, Action<BlockSnapOptions>? configure = null) =>
        services.AddBlockSnap(Microsoft.Extensions.Options.Options.DefaultName, configure);

    /// <summary>Adds a pool with a name, as the keyed service <see cref="DiskPool"/> of that key. For hosts with several.</summary>
    /// <inheritdoc cref="AddBlockSnap(IServiceCollection, Action{BlockSnapOptions})"/>
    /// <param name="name">The key, which is also the name of the options.</param>
    public static OptionsBuilder<BlockSnapOptions> AddBlockSnap(
        this IServiceCollection services, string name, Action<BlockSnapOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(name);
        if (services.Any(service => service.IsKeyedService && service.ServiceType == typeof(PoolSource) && name.Equals(service.ServiceKey)))
        {
            throw new InvalidOperationException(name.Length == 0
                ? "The BlockSnap pool is added twice: give one a name."
                : $"The BlockSnap pool '{name}' is added twice.");
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<BlockSnapOptions>, BlockSnapOptionsValidator>());
        services.AddKeyedSingleton(name, (provider, _) => new PoolSource(provider, name));
        services.AddSingleton<IHostedService>(provider => new PoolService(provider.GetRequiredKeyedService<PoolSource>(name)));
        if (name.Length == 0)
        {
            services.AddSingleton(provider => provider.GetRequiredKeyedService<PoolSource>(name).Pool);
        }
        else
        {
            services.AddKeyedSingleton(name, (provider, _) => provider.GetRequiredKeyedService<PoolSource>(name).Pool);
        }

        OptionsBuilder<BlockSnapOptions> options = services.AddOptions<BlockSnapOptions>(name).ValidateOnStart();
        return configure is null ? options : options.Configure(configure);
    }

    /// <summary>
    /// Adds a check of a pool's health: unhealthy when the pool is not open or has stopped writing, degraded when it is suspended or policies
    /// failed.
    /// </summary>
    /// <param name="builder">The checks.</param>
    /// <param name="pool">The pool's name, or null for the one without.</param>
    /// <param name="name">The check's name. Unless said, "blocksnap", or "blocksnap-" and the pool's name if it has one.</param>
    /// <param name="tags">Tags of the check, or null.</param>
    public static IHealthChecksBuilder AddBlockSnap(
        this IHealthChecksBuilder builder, string? pool = null, string? name = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        string key = pool ?? Microsoft.Extensions.Options.Options.DefaultName;
        return builder.Add(new HealthCheckRegistration(
            name ?? (key.Length == 0 ? "blocksnap" : $"blocksnap-{key}"),
            provider => new PoolHealthCheck(provider.GetRequiredKeyedService<PoolSource>(key)),
            HealthStatus.Unhealthy,
            tags));
    }
}
