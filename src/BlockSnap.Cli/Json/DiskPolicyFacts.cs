using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>Which policy a disk has, and how. The policy is left out when it has none, the next due time when nothing is due.</summary>
internal sealed record DiskPolicyFacts(
    string Disk,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Policy,
    [property: JsonPropertyName("paused")] bool IsPaused,
    bool DeletesSnapshotsWithDisk,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? NextDue)
{
    public static DiskPolicyFacts Of(DiskPolicy disk) => new(
        disk.DiskName, disk.PolicyName, disk.IsPaused, disk.DeletesSnapshotsWithDisk, disk.NextDue is { } next ? TimeText.Exact(next) : null);
}
