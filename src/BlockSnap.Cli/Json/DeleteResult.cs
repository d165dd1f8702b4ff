using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>
/// Printed by <c>snapshot delete</c>, <c>group delete</c> and <c>pool purge</c> (each deleted one as DISK@SNAPSHOT), and by
/// <c>disk delete</c> (the disk's name).
/// </summary>
internal sealed record DeleteResult(IReadOnlyList<string> Deleted, long FreedBytes)
{
    /// <summary>The result for snapshots that were deleted at once or into the trash.</summary>
    /// <param name="deleted">Their names.</param>
    /// <param name="bytes">The bytes that only they refer to.</param>
    /// <param name="trashDays">For how many days they can be brought back; 0 when they are gone at once.</param>
    public static DeleteResult Of(IReadOnlyList<string> deleted, long bytes, int trashDays) =>
        trashDays == 0 ? new DeleteResult(deleted, bytes) : new DeleteResult(deleted, 0) { TrashBytes = bytes };

    /// <summary>The bytes that will be free when the snapshots leave the trash, while nothing is freed yet; left out when they go at once.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? TrashBytes { get; init; }

    /// <summary>True when nothing was done; left out otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DryRun { get; init; }
}
