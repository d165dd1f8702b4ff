using BlockSnap.Hosting;
using BlockSnap.Tests.Infrastructure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace BlockSnap.Tests.Hosting;

/// <summary>Pools in the generic host.</summary>
public sealed class HostingTests
{
    [Fact]
    public async Task Host_OpensThePool_RunsItsPolicies_AndClosesIt()
    {
        using var directory = new TempDirectory();
        var time = new ManualTime();
        using (IHost host = Build(services =>
        {
            services.AddSingleton<TimeProvider>(time);
            services.AddBlockSnap(options => options.Directory = directory["pool"]);
        }))
        {
            await host.StartAsync(TestContext.Current.CancellationToken);
            DiskPool pool = host.Services.GetRequiredService<DiskPool>();
            (await pool.CreateDiskAsync("vm", 65536)).Dispose();
            await pool.Policies.CreateAsync(new SnapshotPolicy { Name = "hourly", Hours = [.. Enumerable.Range(0, 24)] });
            await pool.Policies.ApplyAsync("hourly", ["vm"]);
            for (int minute = 0; minute < 3 * 60; minute++)
            {
                await UntilAsync(() => time.TimerCount > 0);
                time.Advance(TimeSpan.FromMinutes(1));
            }

            await UntilAsync(() => pool.OpenChain("vm").Snapshots.Count == 3 && time.TimerCount > 0);
            await host.StopAsync(TestContext.Current.CancellationToken);
        }

        await using DiskPool opened = await DiskPool.OpenAsync(directory["pool"]);
        Assert.Equal(["auto_20260102_1", "auto_20260102_2", "auto_20260102_3"], opened.OpenChain("vm").Snapshots.Select(snapshot => snapshot.Name));
        Assert.Equal(3, opened.Events.Recent.Count);
    }

    [Fact]
    public async Task Options_ThatAreWrong_EndTheStart_AllAtOnce()
    {
        using IHost host = Build(services => services.AddBlockSnap("archive", options =>
        {
            options.PolicyInterval = TimeSpan.Zero;
            options.Pool = new DiskPoolOptions { SegmentBytes = 1000 };
        }));

        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestContext.Current.CancellationToken));
        Assert.Equal(3, refused.Failures.Count());
        Assert.All(refused.Failures, failure => Assert.Contains("archive", failure, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Pool_ThatIsNotThere_EndsTheStart_WhereItIsNotToBeMade()
    {
        using var directory = new TempDirectory();
        using IHost host = Build(services => services.AddBlockSnap(options =>
        {
            options.Directory = directory["none"];
            options.CreateIfMissing = false;
        }));

        await Assert.ThrowsAsync<PoolNotFoundException>(() => host.StartAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task KeyedPools_AreApart_AndBoundToAConfiguration()
    {
        using var directory = new TempDirectory();
        using IHost host = Build(
            services =>
            {
                services.AddBlockSnap("a").BindConfiguration("Pools:A");
                services.AddBlockSnap("b", options => options.Directory = directory["b"]);
                Assert.Throws<InvalidOperationException>(() => services.AddBlockSnap("a"));
            },
            new Dictionary<string, string?> { ["Pools:A:Directory"] = directory["a"], ["Pools:A:RunPolicies"] = "false" });
        await host.StartAsync(TestContext.Current.CancellationToken);

        DiskPool a = host.Services.GetRequiredKeyedService<DiskPool>("a");
        DiskPool b = host.Services.GetRequiredKeyedService<DiskPool>("b");
        Assert.NotEqual(a.Id, b.Id);
        Assert.Same(a, host.Services.GetRequiredKeyedService<DiskPool>("a"));
        Assert.Equal(directory["a"], a.Location);
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task HealthCheck_TellsOfAClosedASuspendedAndAFailingPool()
    {
        using var directory = new TempDirectory();
        var time = new ManualTime();
        using IHost host = Build(services =>
        {
            services.AddSingleton<TimeProvider>(time);
            services.AddBlockSnap(options =>
            {
                options.Directory = directory["pool"];
                options.Pool = new DiskPoolOptions { SnapshotQuota = new SnapshotQuota(1) };
            });
            services.AddHealthChecks().AddBlockSnap();
        });
        HealthCheckService health = host.Services.GetRequiredService<HealthCheckService>();
        Assert.Equal(HealthStatus.Unhealthy, await StatusAsync());

        await host.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(HealthStatus.Healthy, await StatusAsync());
        DiskPool pool = host.Services.GetRequiredService<DiskPool>();
        await pool.SuspendAsync("moving house");
        Assert.Equal(HealthStatus.Degraded, await StatusAsync());
        await pool.ResumeAsync();

        using (IDisk disk = await pool.CreateDiskAsync("vm", 65536))
        {
            await disk.Chain.CreateAsync("manual"); // as many as it may have
        }

        await pool.Policies.CreateAsync(new SnapshotPolicy { Name = "hourly", Hours = [.. Enumerable.Range(0, 24)] });
        await pool.Policies.ApplyAsync("hourly", ["vm"]);
        await UntilAsync(() => time.TimerCount > 0);
        time.Advance(TimeSpan.FromHours(1));
        await UntilAsync(() => pool.Events.Recent.Any(each => each.Kind == PoolEventKind.PolicyRun) && time.TimerCount > 0);
        Assert.Equal(HealthStatus.Degraded, await StatusAsync());
        await host.StopAsync(TestContext.Current.CancellationToken);

        async Task<HealthStatus> StatusAsync() => (await health.CheckHealthAsync(TestContext.Current.CancellationToken)).Entries["blocksnap"].Status;
    }

    private static IHost Build(Action<IServiceCollection> configure, Dictionary<string, string?>? configuration = null)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(configuration);
        configure(builder.Services);
        return builder.Build();
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }
}
