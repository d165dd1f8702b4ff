using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>How many snapshots a disk may have. A limit that does not exist is left out.</summary>
internal sealed record QuotaFacts(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Maximum,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? ManualMaximum,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? AutomaticMaximum)
{
    public static QuotaFacts Of(SnapshotQuota quota) => new(quota.Maximum, quota.ManualMaximum, quota.AutomaticMaximum);
}
