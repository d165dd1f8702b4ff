using System.CommandLine;

namespace BlockSnap.Cli;

internal static class SnapshotReleaseCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<DiskPath> snapshot = Arguments.Snapshot();
        Argument<string> hold = Arguments.Text("HOLD", "The hold's name.");
        return new VerbCommand("release", "Take a hold off a snapshot.")
        {
            Arguments = { pool, snapshot, hold },
            Examples = ["blocksnap snapshot release /srv/pool vm1@release-7 audit"],
            Body = context => SnapshotKeeping.ChangeAsync(
                context, pool, snapshot, (chain, name) => chain.ReleaseHoldAsync(name, context.Get(hold), context.CancellationToken)),
        };
    }
}
