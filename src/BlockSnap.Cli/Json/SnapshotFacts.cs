using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>A snapshot and what it holds. Description and end of retention are left out when there is none.</summary>
internal sealed record SnapshotFacts(
    string Id,
    string Name,
    string Kind,
    string Created,
    long Size,
    string Status,
    long StoredBytes,
    long ExclusiveBytes,
    long SharedBytes,
    IReadOnlyDictionary<string, string> Tags,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Description,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Expires)
{
    // Making a snapshot is one step that is done when the call returns: what can be listed is accomplished.
    private const string Accomplished = "accomplished";

    public static SnapshotFacts Of(SnapshotUsage usage)
    {
        Snapshot snapshot = usage.Snapshot;
        return new SnapshotFacts(
            snapshot.Id.ToString(),
            snapshot.Name,
            WordOf(snapshot.Kind),
            TimeText.Exact(snapshot.Created),
            snapshot.Size,
            Accomplished,
            usage.StoredBytes,
            usage.ExclusiveBytes,
            usage.SharedBytes,
            snapshot.Tags,
            snapshot.Description,
            snapshot.Expires is { } expires ? TimeText.Exact(expires) : null);
    }

    private static string WordOf(SnapshotKind kind) => kind switch
    {
        SnapshotKind.Manual => "manual",
        SnapshotKind.Automatic => "automatic",
        SnapshotKind.Copied => "copied",
        SnapshotKind.Imported => "imported",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "The command does not know this kind of snapshot."),
    };
}
