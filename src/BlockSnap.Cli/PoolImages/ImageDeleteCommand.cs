using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class ImageDeleteCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<string> image = Arguments.Text("IMAGE", "The image.");
        return new VerbCommand("delete", "Delete an image. Its snapshots stay, and so do disks that were made from it.")
        {
            Arguments = { pool, image },
            Examples = ["blocksnap image delete /srv/pool golden"],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                string name = context.Get(image);
                await lease.Pool.Images.DeleteAsync(name, context.CancellationToken);
                var result = new NameListResult { Deleted = [name] };
                return new Report<NameListResult>(result, CliJson.Relaxed.NameListResult, text => text.WriteLine($"Deleted the image {name}."));
            },
        };
    }
}
