using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>Printed by <c>snapshot delete</c> (DISK@SNAPSHOT each) and <c>disk delete</c> (the name).</summary>
internal sealed record DeleteResult(IReadOnlyList<string> Deleted, long FreedBytes)
{
    /// <summary>What became of snapshots that nothing else keeps.</summary>
    /// <param name="deleted">Their names.</param>
    /// <param name="bytes">What only they refer to.</param>
    /// <param name="trashDays">For how many days they can be had back.</param>
    public static DeleteResult Of(IReadOnlyList<string> deleted, long bytes, int trashDays) =>
        trashDays == 0 ? new DeleteResult(deleted, bytes) : new DeleteResult(deleted, 0) { TrashBytes = bytes };

    /// <summary>The bytes that will be free when the snapshots leave the trash, while nothing is freed yet; left out when they go at once.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? TrashBytes { get; init; }

    /// <summary>True when nothing was done; left out otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DryRun { get; init; }
}
