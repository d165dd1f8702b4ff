using System.CommandLine;

namespace BlockSnap.Cli;

internal static class DiskShowCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<DiskPath> disk = Arguments.Disk();
        return new VerbCommand("show", "Show one disk.")
        {
            Arguments = { pool, disk },
            Examples = ["blocksnap disk show /srv/pool vm1", "blocksnap disk show /srv/pool d-0197a3c25e1b7d0f8a64c3d2b1a09f8e"],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                DiskPool opened = lease.Pool;
                await using IDisk shown = opened.OpenDisk(context.Get(disk));
                DiskFacts facts = DiskFacts.Of(shown);
                return new Report<DiskResult>(new DiskResult(facts), CliJson.Relaxed.DiskResult, text => FactList.Write(
                    text,
                    ("name", facts.Name),
                    ("id", facts.Id),
                    ("size", ByteText.Exact(facts.Size)),
                    ("block", ByteText.Of(facts.BlockSize)),
                    ("snapshots", $"{facts.Snapshots}")));
            },
        };
    }
}
