using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>
/// An event. What does not apply is left out. <c>missed</c> is the number of events before it that were lost, because they were not read
/// in time.
/// </summary>
internal sealed record EventFacts(
    long Sequence,
    string Kind,
    string Result,
    string Start,
    string End,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Disk,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? DiskId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Snapshot,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? SnapshotId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? SnapshotKind,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Detail,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long Missed)
{
    public static EventFacts Of(PoolEvent each) => new(
        each.Sequence,
        Words.Of(each.Kind),
        Words.Of(each.Result),
        TimeText.Exact(each.Start),
        TimeText.Exact(each.End),
        each.DiskName,
        each.DiskId?.ToString(),
        each.SnapshotName,
        each.SnapshotId?.ToString(),
        each.SnapshotKind is { } kind ? Words.Of(kind) : null,
        each.Detail,
        each.MissedCount);
}
