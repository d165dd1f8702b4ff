using System.CommandLine;

namespace BlockSnap.Cli;

internal static class DiskImportCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<string> disk = Arguments.NewDisk();
        Argument<string> file = Arguments.File("The raw image, or '-' for standard input.");
        Option<BlockSize> blockSize = Options.BlockSize();
        return new VerbCommand("import", "Make a disk from a raw image, of the image's size. Zero blocks take no space.")
        {
            Arguments = { pool, disk, file },
            Options = { blockSize },
            Examples =
            [
                "blocksnap disk import /srv/pool vm1 debian.raw",
                "qemu-img convert -O raw vm.qcow2 /dev/stdout | blocksnap disk import /srv/pool vm1 -",
            ],
            Body = async context =>
            {
                // Opened before the pool: without an image there is no disk to make.
                await using Stream image = await ImageSource.OpenAsync(context.Get(file), context.Console, context.CancellationToken);
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                DiskPool opened = lease.Pool;
                // Made empty and grown by the import: the length of a pipe is known only at its end.
                await using IDisk created = await opened.CreateDiskAsync(context.Get(disk), 0, context.Get(blockSize), context.CancellationToken);
                try
                {
                    await context.WithProgressAsync(
                        $"Importing {created.Name}",
                        ProgressUnit.Bytes,
                        progress => DiskImage.ImportAsync(image, created, progress, context.CancellationToken));
                }
                catch
                {
                    // Half a disk is of no use under the name of a whole one.
                    await opened.DeleteDiskAsync(created.Name, CancellationToken.None);
                    throw;
                }

                DiskFacts facts = DiskFacts.Of(created);
                return DiskText.Report(facts, $"Imported the disk {facts.Name} of {ByteText.Of(facts.Size)}.");
            },
        };
    }
}
