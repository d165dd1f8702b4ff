using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>
/// Printed by <c>snapshot expire</c>: what was deleted, and what has outlived its retention but is held, each as DISK@SNAPSHOT.
/// </summary>
internal sealed record ExpireResult(
    IReadOnlyList<string> Expired,
    IReadOnlyList<string> Purged,
    IReadOnlyList<string> UndoPoints,
    IReadOnlyList<string> Kept)
{
    /// <param name="disks">The names of all disks, read before the expiry: a deleted disk is gone together with its last snapshot.</param>
    /// <param name="expiry">What was deleted.</param>
    /// <param name="dryRun">Whether nothing was deleted yet.</param>
    public static ExpireResult Of(IReadOnlyDictionary<DiskId, string> disks, ExpiryResult expiry, bool dryRun)
    {
        return new ExpireResult(Names(expiry.Expired), Names(expiry.Purged), Names(expiry.UndoPoints), Names(expiry.Kept)) { DryRun = dryRun };

        List<string> Names(IEnumerable<Snapshot> snapshots) => [.. snapshots.Select(snapshot => $"{disks[snapshot.DiskId]}@{snapshot.Name}")];
    }

    /// <summary>True when nothing was done; left out otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DryRun { get; init; }
}
