using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class ImageCloneCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<string> image = Arguments.Text("IMAGE", "The image.");
        Argument<string[]> disks = Arguments.Texts("NEWDISK", "A name for each disk, in the image's order.");
        return new VerbCommand("clone", "Make a disk of each snapshot of an image, instantly: all or none.")
        {
            Arguments = { pool, image, disks },
            Examples = ["blocksnap image clone /srv/pool golden vm2 vm2-data"],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                PoolImages images = lease.Pool.Images;
                IReadOnlyList<IDisk> made = await images.CreateDisksAsync(context.Get(image), context.Get(disks), context.CancellationToken);
                var result = new NameListResult { Disks = [.. made.Select(disk => disk.Name)] };
                return new Report<NameListResult>(
                    result, CliJson.Relaxed.NameListResult, text => text.WriteLine($"Created {string.Join(", ", result.Disks)}."));
            },
        };
    }
}
