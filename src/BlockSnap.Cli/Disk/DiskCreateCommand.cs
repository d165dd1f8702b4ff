using System.CommandLine;

namespace BlockSnap.Cli;

internal static class DiskCreateCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<string> disk = Arguments.NewDisk();
        Option<long?> size = Options.Size("The disk's size", required: true);
        Option<BlockSize> blockSize = Options.BlockSize();
        return new VerbCommand("create", "Make an empty disk. It takes no space until it is written to.")
        {
            Arguments = { pool, disk },
            Options = { size, blockSize },
            Examples = ["blocksnap disk create /srv/pool vm1 --size 10GiB", "blocksnap disk create /srv/pool db --size 1T --block-size 64KiB"],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                DiskPool opened = lease.Pool;
                await using IDisk created = await opened.CreateDiskAsync(
                    context.Get(disk), context.Get(size)!.Value, context.Get(blockSize), context.CancellationToken);
                DiskFacts facts = DiskFacts.Of(created);
                return DiskText.Report(facts, $"Created the disk {facts.Name} of {ByteText.Of(facts.Size)}.");
            },
        };
    }
}
