using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>Printed by <c>disk export</c>; the snapshot is null for the head.</summary>
internal sealed record DiskExportResult(string Disk, string? Snapshot, string File, long Size)
{
    /// <summary>With --salvage: what could not be read and is zeros in the image; left out otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<RangeFacts>? Lost { get; init; }
}
