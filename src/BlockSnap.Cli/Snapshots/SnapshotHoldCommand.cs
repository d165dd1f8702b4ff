using System.CommandLine;

namespace BlockSnap.Cli;

internal static class SnapshotHoldCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<DiskPath> snapshot = Arguments.Snapshot();
        Argument<string> hold = Arguments.Text("HOLD", "The hold's name: who wants the snapshot kept, and why.");
        return new VerbCommand("hold", "Keep a snapshot from being deleted, until all its holds are released.")
        {
            Arguments = { pool, snapshot, hold },
            Examples = ["blocksnap snapshot hold /srv/pool vm1@release-7 audit"],
            Body = context => SnapshotKeeping.ChangeAsync(
                context, pool, snapshot, (chain, name) => chain.HoldAsync(name, context.Get(hold), context.CancellationToken)),
        };
    }
}
