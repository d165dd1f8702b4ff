using System.Globalization;
using BlockSnap.Catalogs;
using BlockSnap.Pools;

namespace BlockSnap.Snapshots;

/// <summary>The operations that take a disk back to a state and keep its present as an undo point (R32). Gate held.</summary>
internal static class RollbackPlan
{
    /// <summary>What takes a disk back, in order: its present becomes an undo point, for which the oldest one may have to go.</summary>
    public static IReadOnlyList<PoolOperation> Of(
        PoolCore core, ChainState chain, SnapshotState target, int? retentionDays = null, Guid? groupId = null) =>
    [
        .. RoomForUndo(core, chain, target),
        new PoolOperation.Rollback(chain.Volume.Number, target.Facts.Id, NewUndo(core, chain, retentionDays, groupId)),
    ];

    /// <summary>What must go with one more undo point of a disk.</summary>
    /// <param name="core">The pool.</param>
    /// <param name="chain">The disk's chain.</param>
    /// <param name="used">The state that the disk goes back to: an undo point is used up by that, and does not count.</param>
    public static IEnumerable<PoolOperation> RoomForUndo(PoolCore core, ChainState chain, SnapshotState? used = null)
    {
        SnapshotState[] left = [.. chain.UndoPoints.Where(point => point != used)];
        SnapshotId[] gone = [.. left.Take(left.Length + 1 - core.Options.UndoPointsMax).Select(point => point.Facts.Id)];
        return gone.Length == 0 ? [] : [new PoolOperation.DeleteSnapshots(chain.Volume.Number, null, gone) { Cause = DeletionCause.Undo }];
    }

    /// <summary>What is known of the undo point that a disk's present state becomes.</summary>
    public static Snapshot NewUndo(PoolCore core, ChainState chain, int? retentionDays = null, Guid? groupId = null)
    {
        DateTimeOffset now = core.Clock.Now;
        string first = string.Create(CultureInfo.InvariantCulture, $"undo-{now:yyyyMMdd-HHmmss}"); // whatever calendar the application's culture has
        string name = first;
        for (int next = 2; chain.Find(name) is not null; next++)
        {
            name = $"{first}-{next}";
        }

        return new Snapshot
        {
            Id = new SnapshotId(core.NewGuid()),
            DiskId = chain.Volume.Id,
            Name = name,
            Created = now,
            Size = chain.Volume.Size,
            GroupId = groupId,
            Expires = (retentionDays ?? core.Options.UndoRetentionDays) is { } days ? core.Clock.Calendar.AddDays(days) : null,
        };
    }
}
