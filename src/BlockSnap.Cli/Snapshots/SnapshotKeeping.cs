using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

/// <summary>What hold, release, lock, unlock and retention have in common: one snapshot, changed, and what keeps it afterwards.</summary>
internal static class SnapshotKeeping
{
    public static async Task<Outcome> ChangeAsync(
        CommandContext context, Argument<string> pool, Argument<DiskPath> snapshot, Func<ISnapshotChain, string, Task<Snapshot>> change)
    {
        DiskPath path = context.Get(snapshot);
        await using PoolLease lease = await context.OpenPoolAsync(pool);
        ISnapshotChain chain = lease.Pool.OpenChain(path);
        KeepResult result = KeepResult.Of(chain.DiskName, await change(chain, path.Snapshot!), TimeProvider.System.GetUtcNow());
        return new Report<KeepResult>(result, CliJson.Relaxed.KeepResult, text => Write(text, result));
    }

    private static void Write(IAnsiConsole text, KeepResult result)
    {
        string name = $"{result.Disk}@{result.Snapshot}";
        if (result.Holds.Count > 0)
        {
            text.WriteLine($"{name} is held by {string.Join(", ", result.Holds)}.");
        }

        if (result.LockedUntil is { } until)
        {
            text.WriteLine($"{name} is locked until {TimeText.Short(until)}{(result.CoolOffUntil is { } cooling ? $"; until {TimeText.Short(cooling)} the lock can be changed" : "")}.");
        }

        if (result.Holds.Count == 0 && result.LockedUntil is null)
        {
            text.WriteLine($"{name} has no holds and no lock.");
        }

        text.WriteLine(result.Expires is { } end ? $"It expires at {TimeText.Short(end)}." : "It never expires.");
    }
}
