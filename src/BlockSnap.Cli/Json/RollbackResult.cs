using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>
/// Printed by <c>snapshot rollback</c> and <c>snapshot undo-rollback</c>: the state the disk now has, and the name under which the
/// state before is kept.
/// </summary>
internal sealed record RollbackResult(string Disk, string Snapshot, string? Undo)
{
    /// <summary>The bytes that would change; only of a dry run.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? ChangedBytes { get; init; }

    /// <summary>True when nothing was done; left out otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DryRun { get; init; }
}
