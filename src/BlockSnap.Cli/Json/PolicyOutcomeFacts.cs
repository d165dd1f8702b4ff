using System.Text.Json;
using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>
/// What became of one due time of one disk. The status is "created", "skipped-busy", "skipped-unused", "skipped-unchanged",
/// "skipped-suspended" or "failed".
/// </summary>
internal sealed record PolicyOutcomeFacts(
    string Disk,
    string Policy,
    string Due,
    string Status,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Snapshot,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ErrorFacts? Error)
{
    public static PolicyOutcomeFacts Of(PolicyOutcome outcome) => new(
        outcome.DiskName,
        outcome.PolicyName,
        TimeText.Exact(outcome.Due),
        JsonNamingPolicy.KebabCaseLower.ConvertName(outcome.Status.ToString()),
        outcome.Snapshot?.Name,
        outcome.Error is null ? null : Failure.From(outcome.Error).Facts);
}
