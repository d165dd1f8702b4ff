using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class ImageDeleteCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<string> image = Arguments.Text("IMAGE", "The image.");
        Option<bool> dryRun = Options.DryRun();
        return new VerbCommand("delete", "Delete an image. Its snapshots stay, and so do disks that were made from it.")
        {
            Arguments = { pool, image },
            Options = { dryRun },
            Examples = ["blocksnap image delete /srv/pool golden --dry-run", "blocksnap image delete /srv/pool golden"],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                string name = context.Get(image);
                bool dry = context.Get(dryRun);
                if (!dry)
                {
                    await lease.Pool.Images.DeleteAsync(name, context.CancellationToken);
                }
                else if (lease.Pool.Images.Find(name) is null)
                {
                    throw new ImageNotFoundException(name);
                }

                var result = new NameListResult { Deleted = [name], DryRun = dry };
                return new Report<NameListResult>(
                    result, CliJson.Relaxed.NameListResult, text => text.WriteLine($"{(dry ? "Would delete" : "Deleted")} the image {name}."));
            },
        };
    }
}
