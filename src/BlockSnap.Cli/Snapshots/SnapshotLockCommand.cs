using System.CommandLine;

namespace BlockSnap.Cli;

internal static class SnapshotLockCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<DiskPath> snapshot = Arguments.Snapshot();
        Option<int?> days = Options.Number("--days", "N", "How many days, from now", 1, SnapshotLock.DaysMax);
        days.Required = true;
        Option<int> coolOff = Options.Number(
            "--cool-off",
            "H",
            "Hours in which the lock can still be changed or taken off",
            0,
            SnapshotLock.CoolOffHoursMax,
            unlessSaid: 0);
        return new VerbCommand(
            "lock",
            "Lock a snapshot: nobody can delete it before the lock ends, with no option, whatever the clock says. "
                + "A lock can be extended, not shortened.")
        {
            Arguments = { pool, snapshot },
            Options = { days, coolOff },
            Examples = ["blocksnap snapshot lock /srv/pool vm1@year-2026 --days 3650 --cool-off 24"],
            Body = context =>
            {
                var coolOffTime = TimeSpan.FromHours(context.Get(coolOff));
                return SnapshotKeeping.ChangeAsync(
                    context,
                    pool,
                    snapshot,
                    (chain, name) => chain.LockAsync(name, context.Get(days)!.Value, coolOffTime, context.CancellationToken));
            },
        };
    }
}
