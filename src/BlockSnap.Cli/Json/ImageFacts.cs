using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>An image: its snapshots as DISK@SNAPSHOT, that of the system disk first. The description is left out when there is none.</summary>
internal sealed record ImageFacts(
    string Id,
    string Name,
    string Created,
    IReadOnlyList<string> Snapshots,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Description)
{
    public static ImageFacts Of(DiskPool pool, PoolImage image) => new(
        image.Id.ToString(),
        image.Name,
        TimeText.Exact(image.Created),
        [.. image.DataSnapshots.Prepend(image.SystemSnapshot).Select(pool.NameOf).OfType<string>()],
        image.Description);
}
