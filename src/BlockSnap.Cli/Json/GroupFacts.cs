using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>A group and what is left of it: each snapshot as DISK@SNAPSHOT. The description is left out when there is none.</summary>
internal sealed record GroupFacts(
    string Id,
    string Name,
    string Created,
    string Consistency,
    IReadOnlyList<string> Snapshots,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Description)
{
    public static GroupFacts Of(DiskPool pool, SnapshotGroup group) => new(
        group.Id.ToString(),
        group.Name,
        TimeText.Exact(group.Created),
        WordOf(group.Consistency),
        [.. group.Members.Select(member => member.SnapshotId).Select(pool.NameOf).OfType<string>()],
        group.Description);

    public static string WordOf(SnapshotConsistency level) => level switch
    {
        SnapshotConsistency.Crash => "crash",
        SnapshotConsistency.FileSystem => "file-system",
        SnapshotConsistency.Application => "application",
        _ => throw new ArgumentOutOfRangeException(nameof(level), level, "The command does not know this level."),
    };
}
