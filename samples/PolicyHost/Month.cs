using BlockSnap;
using BlockSnap.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace PolicyHost;

/// <summary>
/// 31 days, a quarter of an hour at a time. The database is written to each day at noon UTC. The archive is never written to, but its policy
/// makes snapshots all the same.
/// </summary>
internal static class Month
{
    private const int Days = 31;
    private const int StepsPerDay = 24 * 4;

    public static TimeSpan Step { get; } = TimeSpan.FromMinutes(15);

    /// <returns>Whether the snapshots that are left are those that the policies demand.</returns>
    public static async Task<bool> LiveAsync(IHost host, DiskPool pool, ManualTime time)
    {
        using IDisk database = pool.OpenDisk("database");
        using PoolEventReader events = pool.Events.Subscribe();
        Task<int> counting = CountAsync(events);
        for (int step = 0; step < Days * StepsPerDay; step++)
        {
            if (step % StepsPerDay == 0)
            {
                database.Write(step * 4096L, BitConverter.GetBytes(step));
            }

            time.Advance(Step);
            while (time.TimerCount == 0)
            {
                await Task.Yield(); // until the runner has done its work and waits for the clock again
            }
        }

        Show(pool, "archive");
        Show(pool, "database");
        HealthReport health = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        events.Dispose();
        Console.WriteLine($"Events: {await counting}. Health: {health.Status}.");

        // Of the archive fourteen nights, at 2:00 in Berlin. Of the database the last week's office hours before which something was
        // written: 16:00 on five working days, and 8:00 on Monday for what was written on Sunday.
        IReadOnlyList<Snapshot> nights = pool.OpenChain("archive").Snapshots;
        IReadOnlyList<Snapshot> office = pool.OpenChain("database").Snapshots;
        bool isRight = nights.Count == 14 && nights.All(snapshot => snapshot.Created.UtcDateTime.Hour is 0 or 1)
            && office.Count == 6 && health.Status == HealthStatus.Healthy;
        Console.WriteLine(isRight ? "As it should be." : "That is not what the policies say.");
        return isRight;
    }

    private static void Show(DiskPool pool, string disk)
    {
        Console.WriteLine($"{disk}, policy {pool.Policies.OfDisk(disk).PolicyName}, next {pool.Policies.OfDisk(disk).NextDue:u}:");
        foreach (Snapshot snapshot in pool.OpenChain(disk).Snapshots)
        {
            Console.WriteLine($"  {snapshot.Name}  made {snapshot.Created:u}  expires {snapshot.Expires:u}");
        }
    }

    private static async Task<int> CountAsync(PoolEventReader events)
    {
        int count = 0;
        await foreach (PoolEvent next in events.ReadAllAsync())
        {
            count++;
        }

        return count;
    }
}
