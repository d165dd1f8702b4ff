using System.CommandLine;

namespace BlockSnap.Cli;

internal static class SnapshotUnlockCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<DiskPath> snapshot = Arguments.Snapshot();
        return new VerbCommand("unlock", "Take a lock off during its cool-off, or one that has ended.")
        {
            Arguments = { pool, snapshot },
            Examples = ["blocksnap snapshot unlock /srv/pool vm1@year-2026"],
            Body = context => SnapshotKeeping.ChangeAsync(
                context, pool, snapshot, (chain, name) => chain.UnlockAsync(name, context.CancellationToken)),
        };
    }
}
