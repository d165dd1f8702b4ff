namespace BlockSnap;

/// <summary>What holds for the automatic snapshots of one disk. Immutable.</summary>
/// <param name="DiskId">The disk.</param>
/// <param name="DiskName">Its name.</param>
/// <param name="PolicyName">The policy that is applied to it, or null.</param>
/// <param name="IsPaused">Whether the policy rests for this disk.</param>
/// <param name="DeletesSnapshotsWithDisk">Whether its automatic snapshots are deleted with the disk; otherwise they follow their retention.</param>
/// <param name="NextDue">
/// When the next automatic snapshot is due, UTC; null without a policy, while paused, or when the system does not know the policy's time zone.
/// </param>
public sealed record DiskPolicy(
    DiskId DiskId, string DiskName, string? PolicyName, bool IsPaused, bool DeletesSnapshotsWithDisk, DateTimeOffset? NextDue);
