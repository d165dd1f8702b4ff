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
    public const string Accomplished = "accomplished";

    /// <summary>The name of its disk; only of <c>snapshot find</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Disk { get; init; }

    /// <summary>The id of its disk; only of <c>snapshot find</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? DiskId { get; init; }

    /// <summary>How far its making has come; left out once it is accomplished.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? ProgressPercent { get; init; }

    /// <summary>Names of holds; left out when there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Holds { get; init; }

    /// <summary>End of its lock; left out when there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? LockedUntil { get; init; }

    /// <summary>Id of the group it was taken in; left out when there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Group { get; init; }

    /// <summary>"file-system" or "application"; left out when it is as after a crash.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Consistency { get; init; }

    public static SnapshotFacts Of(SnapshotUsage usage)
    {
        Snapshot snapshot = usage.Snapshot;
        return new SnapshotFacts(
            snapshot.Id.ToString(),
            snapshot.Name,
            WordOf(snapshot.Kind),
            TimeText.Exact(snapshot.Created),
            snapshot.Size,
            WordOf(snapshot.Status),
            usage.StoredBytes,
            usage.ExclusiveBytes,
            usage.SharedBytes,
            snapshot.Tags,
            snapshot.Description,
            snapshot.Expires is { } expires ? TimeText.Exact(expires) : null)
        {
            ProgressPercent = snapshot.Status == SnapshotStatus.Accomplished ? null : snapshot.ProgressPercent,
            Holds = snapshot.Holds.Count == 0 ? null : snapshot.Holds,
            LockedUntil = snapshot.Lock is { } held ? TimeText.Exact(held.Until) : null,
            Consistency = snapshot.Consistency == SnapshotConsistency.Crash ? null : GroupFacts.WordOf(snapshot.Consistency),
            Group = snapshot.GroupId?.ToString(),
        };
    }

    private static string WordOf(SnapshotStatus status) => status switch
    {
        SnapshotStatus.Accomplished => Accomplished,
        SnapshotStatus.Progressing => "progressing",
        SnapshotStatus.Failed => "failed",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "The command does not know this status."),
    };

    private static string WordOf(SnapshotKind kind) => kind switch
    {
        SnapshotKind.Manual => "manual",
        SnapshotKind.Automatic => "automatic",
        SnapshotKind.Copied => "copied",
        SnapshotKind.Imported => "imported",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "The command does not know this kind of snapshot."),
    };
}
