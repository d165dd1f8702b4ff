using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>Printed by <c>snapshot list</c>.</summary>
internal sealed record SnapshotListResult(string Disk, IReadOnlyList<SnapshotFacts> Snapshots)
{
    /// <summary>Deleted snapshots that can be brought back; left out when there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<TrashFacts>? Trash { get; init; }

    /// <summary>States before rollbacks; left out when there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<UndoPointFacts>? UndoPoints { get; init; }
}
