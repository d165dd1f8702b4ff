using BlockSnap;
using BlockSnap.Hosting;
using BlockSnap.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PolicyHost;

// A pool in the generic host, whose policies make and expire snapshots while the host runs. Without an argument, a month of that passes in
// seconds, on a simulated clock. With the directory of a pool it runs for real, until Ctrl-C.

bool isReal = args.Length > 0;
string directory = isReal ? args[0] : Directory.CreateTempSubdirectory("blocksnap-policies-").FullName;
var time = new ManualTime(new DateTimeOffset(2026, 3, 15, 12, 0, 0, TimeSpan.Zero)); // before the clocks change in Europe

HostApplicationBuilder builder = Host.CreateApplicationBuilder();
builder.Logging.SetMinimumLevel(isReal ? LogLevel.Information : LogLevel.Warning);
if (!isReal)
{
    builder.Services.AddSingleton<TimeProvider>(time);
}

builder.Services.AddBlockSnap(options =>
{
    options.Directory = Path.Combine(directory, "pool");
    options.PolicyInterval = isReal ? options.PolicyInterval : Month.Step;
});
builder.Services.AddHealthChecks().AddBlockSnap();
using IHost host = builder.Build();
await host.StartAsync();
DiskPool pool = host.Services.GetRequiredService<DiskPool>();
await Setup.PrepareAsync(pool);
if (isReal)
{
    Console.WriteLine($"The next snapshot is due at {pool.Policies.NextDue():u}. Ctrl-C ends.");
    await host.WaitForShutdownAsync();
    return 0;
}

bool isRight = await Month.LiveAsync(host, pool, time);
await host.StopAsync();
if (isRight)
{
    host.Dispose();
    Directory.Delete(directory, recursive: true);
}

return isRight ? 0 : 1;
