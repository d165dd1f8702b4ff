using System.CommandLine;

namespace BlockSnap.Cli;

internal static class ImageListCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        return new VerbCommand("list", "List the images and their snapshots.")
        {
            Arguments = { pool },
            Examples = ["blocksnap image list /srv/pool"],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                var result = new ImageListResult([.. lease.Pool.Images.List().Select(image => ImageFacts.Of(lease.Pool, image))]);
                return new Report<ImageListResult>(result, CliJson.Relaxed.ImageListResult, text =>
                {
                    var table = new TextTable("NAME", "CREATED", "SNAPSHOTS", "DESCRIPTION");
                    foreach (ImageFacts image in result.Images)
                    {
                        table.Add(image.Name, TimeText.Short(image.Created), string.Join(' ', image.Snapshots), image.Description ?? "");
                    }

                    table.WriteTo(text);
                });
            },
        };
    }
}
