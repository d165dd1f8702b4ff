using System.CommandLine;

namespace BlockSnap.Cli;

internal static class DiskCloneCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<DiskPath> snapshot = Arguments.Snapshot("The snapshot to make a disk from.");
        Argument<string> name = Arguments.NewDisk("NEWDISK");
        Option<long?> size = Options.Size("The new disk's size, at least the snapshot's");
        return new VerbCommand("clone", "Make a disk from a snapshot, at once. It shares all blocks until one of the two is written to.")
        {
            Arguments = { pool, snapshot, name },
            Options = { size },
            Examples = ["blocksnap disk clone /srv/pool vm1@before-upgrade vm1-test", "blocksnap disk clone /srv/pool vm1@base vm2 --size 40GiB"],
            Body = async context =>
            {
                DiskPath origin = context.Get(snapshot);
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                DiskPool opened = lease.Pool;
                await using IDisk clone = await opened.OpenChain(origin).CloneAsync(
                    origin.Snapshot!, context.Get(name), context.Get(size), context.CancellationToken);
                DiskFacts facts = DiskFacts.Of(clone);
                return DiskText.Report(facts, $"Made the disk {facts.Name} of {ByteText.Of(facts.Size)} from {origin}.");
            },
        };
    }
}
