using System.Net.Sockets;
using System.Text;
using BlockSnap.Hosting;
using BlockSnap.Nbd;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace BlockSnap.Tests.Design;

/// <summary>The C# of the documents, line for line, so that it is compiled; <see cref="DocumentExampleTests"/> compares. The longest is in <see cref="ReadmeTests"/>.</summary>
internal static class DocumentExamples
{
    public static async Task ApplyPolicyAsync(DiskPool pool, CancellationToken stoppingToken)
    {
        // readme-begin
        await pool.Policies.CreateAsync(new SnapshotPolicy { Name = "nightly", Hours = [2], TimeZone = "Europe/Berlin", RetentionDays = 14 });
        await pool.Policies.ApplyAsync("nightly", ["vm1", "vm2"]);
        await new PolicyRunner(pool).RunAsync(stoppingToken);
        // readme-end
    }

    public static async Task ServeAsync()
    {
        // readme-begin
        await using DiskPool pool = await DiskPool.OpenAsync("/srv/pool");
        await using NbdServer server = NbdServer.Start(pool, new NbdServerOptions
        {
            EndPoints = [new UnixDomainSocketEndPoint("/run/vm.sock")],
        });
        await server.Completion;
        // readme-end
    }

    public static async Task HostAsync(string[] args)
    {
        // readme-begin
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(args);
        builder.Services.AddBlockSnap(options => options.Directory = "/srv/pool");
        builder.Services.AddHealthChecks().AddBlockSnap();
        using IHost host = builder.Build();
        await host.StartAsync();

        DiskPool pool = host.Services.GetRequiredService<DiskPool>();
        await pool.Policies.CreateAsync(new SnapshotPolicy { Name = "nightly", Hours = [2], TimeZone = "Europe/Berlin", RetentionDays = 14 });
        await pool.Policies.ApplyAsync("nightly", ["vm1", "vm2"]);
        await host.WaitForShutdownAsync();
        // readme-end
    }

    /// <param name="Console">Takes the place of the console.</param>
    public static async Task CrashAsync(TextWriter Console)
    {
        // readme-begin
        var device = new CrashableDevice();
        await using (DiskPool pool = await DiskPool.CreateAsync(device, new DiskPoolOptions { BackgroundWork = false }))
        {
            await using IDisk disk = await pool.CreateDiskAsync("data", 1 << 20);
            disk.Write(0, "flushed"u8);
            disk.Flush();
            disk.Write(0, "in caches"u8);
            device = device.CrashState(CrashMode.Nothing); // the power fails here
        }

        await using DiskPool recovered = await DiskPool.OpenAsync(device);
        byte[] read = new byte[7];
        recovered.OpenDisk("data").Read(0, read);
        Console.WriteLine(Encoding.UTF8.GetString(read)); // flushed
        // readme-end
    }

    public static void KeepContract()
    {
        // readme-begin
        foreach (ContractRule<IStorageDevice> rule in StorageDeviceContract.Rules)
        {
            using var mine = new MemoryDevice();
            rule.Check(mine);
        }
        // readme-end
    }
}
