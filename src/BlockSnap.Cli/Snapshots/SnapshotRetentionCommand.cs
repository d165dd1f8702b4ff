using System.CommandLine;

namespace BlockSnap.Cli;

internal static class SnapshotRetentionCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<DiskPath> snapshot = Arguments.Snapshot("The snapshot, or a state before a rollback.");
        Option<int?> days = Options.Retention("--days", "Days from now", "until it is deleted");
        return new VerbCommand("retention", "Give a snapshot another retention, from now on.")
        {
            Arguments = { pool, snapshot },
            Options = { days },
            Examples = ["blocksnap snapshot retention /srv/pool vm1@monday --days 90", "blocksnap snapshot retention /srv/pool vm1@monday"],
            Body = context => SnapshotKeeping.ChangeAsync(
                context, pool, snapshot, (chain, name) => chain.SetRetentionAsync(name, context.Get(days), context.CancellationToken)),
        };
    }
}
