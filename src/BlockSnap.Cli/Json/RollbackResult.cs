using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>
/// Printed by <c>snapshot rollback</c>, <c>undo-rollback</c> and <c>synchronize</c>, and by <c>disk reinitialize</c>: the state that the disk
/// now has, and the name under which the state before is kept. The snapshot is null for a disk that became empty.
/// </summary>
internal sealed record RollbackResult(string Disk, string? Snapshot, string? Undo)
{
    /// <summary>The bytes that would change; only of a dry run.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? ChangedBytes { get; init; }

    /// <summary>The snapshot that the present became; only of <c>snapshot synchronize</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Present { get; init; }

    /// <summary>The disk made of it; only of <c>snapshot synchronize</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? NewDisk { get; init; }

    /// <summary>True when nothing was done; left out otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DryRun { get; init; }
}
