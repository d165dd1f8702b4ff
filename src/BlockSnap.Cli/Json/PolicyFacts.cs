using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>A policy and its disks. The retention is left out when snapshots are kept for ever, the next due time when there is none.</summary>
internal sealed record PolicyFacts(
    string Id,
    string Name,
    string Created,
    IReadOnlyList<int> Hours,
    IReadOnlyList<string> Weekdays,
    string TimeZone,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? RetentionDays,
    bool SkipUnused,
    bool SkipUnchanged,
    IReadOnlyList<string> Disks,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? NextDue)
{
    public static PolicyFacts Of(DiskPool pool, SnapshotPolicy policy)
    {
        IReadOnlyList<DiskPolicy> disks = pool.Policies.ListDisks(policy.Name);
        return new PolicyFacts(
            policy.Id.ToString(),
            policy.Name,
            TimeText.Exact(policy.Created),
            policy.Hours,
            [.. policy.Weekdays.Select(PolicyText.WordOf)],
            policy.TimeZone,
            policy.RetentionDays,
            policy.SkipUnused,
            policy.SkipUnchanged,
            [.. disks.Select(disk => disk.DiskName)],
            disks.Min(disk => disk.NextDue) is { } next ? TimeText.Exact(next) : null);
    }
}
