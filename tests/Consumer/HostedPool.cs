using BlockSnap;
using BlockSnap.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Consumer;

/// <summary>The pool again, in a host of somebody else's, with a policy.</summary>
internal static class HostedPool
{
    public static async Task RunAsync(string directory)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddBlockSnap(options => options.Directory = directory);
        builder.Services.AddHealthChecks().AddBlockSnap();
        using IHost host = builder.Build();
        await host.StartAsync();
        DiskPool pool = host.Services.GetRequiredService<DiskPool>();
        await pool.Policies.CreateAsync(new SnapshotPolicy { Name = "nightly", Hours = [2], TimeZone = "Europe/Berlin" });
        await pool.Policies.ApplyAsync("nightly", ["data"]);
        if (pool.Policies.NextDue() is null)
        {
            throw new InvalidDataException("no snapshot is due");
        }

        await host.StopAsync();
    }
}
