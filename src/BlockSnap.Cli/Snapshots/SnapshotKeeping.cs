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
        KeepResult result = KeepResult.Of(chain.DiskName, await change(chain, path.Snapshot!));
        return new Report<KeepResult>(result, CliJson.Relaxed.KeepResult, text => Write(text, result));
    }

    private static void Write(IAnsiConsole text, KeepResult result)
    {
        string name = $"{result.Disk}@{result.Snapshot}";
        text.WriteLine(result.Holds.Count == 0 ? $"{name} has no holds." : $"{name} is held by {string.Join(", ", result.Holds)}.");
        if (result.LockedUntil is { } until)
        {
            text.WriteLine($"It is locked until {until}.");
        }

        text.WriteLine(result.Expires is { } end ? $"It expires at {end}." : "It never expires.");
    }
}
