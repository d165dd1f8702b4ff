using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>Printed by <c>snapshot find</c>: a page. The token of the next one is left out at the end.</summary>
internal sealed record SnapshotFindResult(IReadOnlyList<SnapshotFacts> Snapshots)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Next { get; init; }
}
