using BlockSnap.Primitives;

namespace BlockSnap;

/// <summary>The facts of a snapshot: the state of one whole disk at one instant. An immutable value; no I/O on it.</summary>
public sealed record Snapshot
{
    /// <summary>The most days for which a snapshot, or the state before a rollback, can be kept without being kept for ever.</summary>
    public const int RetentionDaysMax = 65_536;

    /// <summary>The snapshot's identity.</summary>
    public required SnapshotId Id { get; init; }

    /// <summary>The disk it was taken of.</summary>
    public required DiskId DiskId { get; init; }

    /// <summary>The name, unique in its chain.</summary>
    public required string Name { get; init; }

    /// <summary>How it came to be.</summary>
    public SnapshotKind Kind { get; init; }

    /// <summary>When it was taken, UTC.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>The disk's size at that instant, in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>A free text, or null.</summary>
    public string? Description { get; init; }

    /// <summary>Up to 20 tags.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init => field = Printed.Of(value); } = Printed.Of(new Dictionary<string, string>());

    /// <summary>The level of consistency that was reached.</summary>
    public SnapshotConsistency Consistency { get; init; }

    /// <summary>The group it was taken in, or null.</summary>
    public Guid? GroupId { get; init; }

    /// <summary>The caller's token that makes its creation idempotent, or null.</summary>
    public string? ClientToken { get; init; }

    /// <summary>How far its making has come.</summary>
    public SnapshotStatus Status { get; init; }

    /// <summary>
    /// The same in percent: how much of the log before it, which was not on the device when it was taken, is there now. 100 once it is accomplished,
    /// and never before.
    /// </summary>
    public int ProgressPercent { get; init; } = 100;

    /// <summary>
    /// When its retention ends, or null when it is kept until deleted. By the pool's calendar, which goes on evenly when the clock is set.
    /// </summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>Who wants it kept: names of holds, each of which must be released before it can be deleted.</summary>
    public IReadOnlyList<string> Holds { get; init => field = Printed.Of(value); } = Printed.Of<string>([]);

    /// <summary>The lock that keeps it from being deleted, or null.</summary>
    public SnapshotLock? Lock { get; init; }

    /// <summary>When it goes for good, if it was deleted and lies in the trash; otherwise null. By the pool's calendar too.</summary>
    public DateTimeOffset? PurgeAfter { get; init; }

    /// <summary>The number of live disks that were made from it.</summary>
    public int CloneCount { get; init; }

    /// <summary>The number of images that contain it.</summary>
    public int ImageCount { get; init; }

    /// <summary>A checksum over the arguments that <see cref="ClientToken"/> stands for.</summary>
    internal ulong ClientTokenHash { get; init; }
}
