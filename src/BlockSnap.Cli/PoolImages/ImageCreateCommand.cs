using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class ImageCreateCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<string> image = Arguments.Text("IMAGE", "The image's name: as a snapshot's.");
        Argument<DiskPath[]> snapshots = Arguments.Snapshots("The snapshot of the system disk, then any of data disks.");
        Option<string> description = new("--description") { Description = "A text of 2 to 256 characters.", HelpName = "T" };
        return new VerbCommand("create", "Make an image of snapshots, to make disks from. They cannot be deleted until the image is.")
        {
            Arguments = { pool, image, snapshots },
            Options = { description },
            Examples = ["blocksnap image create /srv/pool golden vm1@release-7 vm1-data@release-7"],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                SnapshotId[] ids = [.. context.Get(snapshots).Select(path => lease.Pool.FindSnapshot(path).Id)];
                PoolImage made = await lease.Pool.Images.CreateAsync(
                    context.Get(image), ids[0], ids[1..], context.Get(description), context.CancellationToken);
                var result = new ImageResult(ImageFacts.Of(lease.Pool, made));
                return new Report<ImageResult>(result, CliJson.Relaxed.ImageResult, text => text.WriteLine(
                    $"Created the image {made.Name}: {string.Join(", ", result.Image.Snapshots)}."));
            },
        };
    }
}
