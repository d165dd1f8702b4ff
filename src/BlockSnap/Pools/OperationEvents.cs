using BlockSnap.Catalogs;

namespace BlockSnap.Pools;

/// <summary>Which events each operation has when it has ended: in one place, whoever asked for the operation.</summary>
internal static class OperationEvents
{
    private static readonly List<PoolEvent> s_none = [];

    /// <summary>The events of an operation, not yet numbered. Gate held, the operation not yet applied: it may delete what they tell of.</summary>
    public static List<PoolEvent> Of(Catalog catalog, PoolOperation operation, DateTimeOffset now)
    {
        switch (operation)
        {
            case PoolOperation.CreateSnapshot o:
                return [About(PoolEventKind.SnapshotCreated, catalog.Find(o.Number), o.Facts, now)];
            case PoolOperation.CreateGroup o:
                return
                [
                    .. o.Group.Members.Select(member =>
                        About(PoolEventKind.SnapshotCreated, catalog.Find(member.DiskId), o.Common with { Id = member.SnapshotId }, now)),
                ];
            case PoolOperation.DeleteSnapshots o:
                IEnumerable<SnapshotState> present = o.Ids.Select(catalog.Find).OfType<SnapshotState>();
                return [.. present.Select(gone => About(KindOf(o, gone), catalog.Find(o.Number), gone.Facts, now))];
            case PoolOperation.UndeleteSnapshot o:
                return [About(PoolEventKind.SnapshotUndeleted, catalog.Find(o.Number), catalog.Find(o.Id)?.Facts, now)];
            case PoolOperation.Rollback o:
                SnapshotState? target = catalog.Find(o.Target);
                PoolEventKind kind = target?.Place == SnapshotPlace.Undo ? PoolEventKind.RollbackUndone : PoolEventKind.DiskRolledBack;
                return [About(kind, catalog.Find(o.Number), target?.Facts, now)];
            case PoolOperation.ReinitializeDisk o:
                return [About(PoolEventKind.DiskReinitialized, catalog.Find(o.Number), null, now)];
            case PoolOperation.Several o:
                return [.. o.Parts.SelectMany(part => Of(catalog, part, now))];
            default:
                return s_none;
        }
    }

    private static PoolEventKind KindOf(PoolOperation.DeleteSnapshots operation, SnapshotState gone) =>
        gone.Place == SnapshotPlace.Trash ? PoolEventKind.SnapshotPurged : operation.Cause switch
        {
            DeletionCause.Retention => PoolEventKind.SnapshotExpired,
            DeletionCause.Quota => PoolEventKind.SnapshotEvicted,
            _ => PoolEventKind.SnapshotDeleted,
        };

    private static PoolEvent About(PoolEventKind kind, ChainState? chain, Snapshot? snapshot, DateTimeOffset now) => new()
    {
        Kind = kind,
        DiskId = chain?.Volume.Id,
        DiskName = chain?.Volume.Name,
        SnapshotId = snapshot?.Id,
        SnapshotName = snapshot?.Name,
        SnapshotKind = snapshot?.Kind,
        Start = now,
        End = now,
    };
}
