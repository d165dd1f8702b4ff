using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

/// <summary>What hold, release, lock, unlock and retention have in common: they change one snapshot and tell what keeps it afterwards.</summary>
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
            string coolOff = result.CoolOffUntil is { } end ? $"; until {TimeText.Short(end)} the lock can be changed" : "";
            text.WriteLine($"{name} is locked until {TimeText.Short(until)}{coolOff}.");
        }

        if (result.Holds.Count == 0 && result.LockedUntil is null)
        {
            text.WriteLine($"{name} has no holds and no lock.");
        }

        text.WriteLine(result.Expires is { } expires ? $"It expires at {TimeText.Short(expires)}." : "It never expires.");
    }
}
