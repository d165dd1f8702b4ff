using BlockSnap.Disks;
using BlockSnap.Mapping;

namespace BlockSnap.Snapshots;

/// <summary>What operations do. None of it may depend on a clock, on chance, or on anything that replay does not have.</summary>
internal sealed partial class Catalog
{
    public void Apply(PoolOperation operation)
    {
        switch (operation)
        {
            case PoolOperation.CreateDisk o:
                CreateDisk(o);
                break;
            case PoolOperation.DeleteDisk o:
                DeleteDisk(Get(o.Number));
                break;
            case PoolOperation.ResizeDisk o:
                Resize(Get(o.Number).Volume, o.Size);
                break;
            case PoolOperation.CreateSnapshot o:
                CreateSnapshot(Get(o.Number), o.Facts);
                break;
            case PoolOperation.DeleteSnapshots o:
                DeleteSnapshots(Get(o.Number), o);
                break;
            case PoolOperation.Rollback o:
                Rollback(Get(o.Number), o);
                break;
            case PoolOperation.ReinitializeDisk o:
                Reinitialize(Get(o.Number), o);
                break;
            case PoolOperation.MarkSnapshot o:
                SnapshotState marked = Get(o.Id);
                marked.Facts = SnapshotCodec.WithMarks(marked.Facts, o.Marks);
                break;
            case PoolOperation.UndeleteSnapshot o:
                Undelete(Get(o.Number), Get(o.Id));
                break;
            case PoolOperation.CreateGroup o:
                CreateGroup(o);
                break;
            case PoolOperation.PutItem o:
                Put(o.Item);
                break;
            case PoolOperation.RemoveItem o:
                Remove(o.Kind, o.Id);
                break;
            case PoolOperation.Several o:
                foreach (PoolOperation part in o.Parts)
                {
                    Apply(part);
                }

                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(operation));
        }
    }

    private void CreateDisk(PoolOperation.CreateDisk o)
    {
        MapRoot root = MapRoot.Empty(MapRoot.HeightFor(DiskVolume.BlocksOf(o.Size, o.BlockSize)));
        uint family = o.Number;
        if (o.Origin is { } origin)
        {
            ChainState source = Get(o.OriginDisk);
            root = Get(origin).Root;
            map.Retain(root);
            family = source.Family;
        }

        var chain = new ChainState(new DiskVolume(o.Number, o.Id, o.Name, o.Size, o.BlockSize, root), family) { Origin = o.Origin };
        map.MarkShared(chain.Volume.Head, lastName());
        Add(chain);
    }

    private void DeleteDisk(ChainState chain)
    {
        DiskVolume volume = chain.Volume;
        volume.IsReleased = true;
        map.Release(volume.Root);
        volume.Head.Root = MapRoot.Empty(1);
        _byName.Remove(volume.Name);
        if (chain.Origin is { } origin && _clones.TryGetValue(origin, out List<ChainState>? clones) && clones.Remove(chain) && clones.Count == 0)
        {
            _clones.Remove(origin);
        }

        Remove(ItemKind.DiskPolicy, volume.Id.Value);
        DropUndo(chain);
        RemoveIfEmpty(chain);
    }

    private void Resize(DiskVolume volume, long size)
    {
        if (size < volume.Size)
        {
            long first = DiskVolume.BlocksOf(size, volume.BlockSize);
            map.Clear(volume.Head, first, DiskVolume.BlocksOf(volume.Size, volume.BlockSize) - first);
        }

        volume.Size = size;
    }

    private void CreateSnapshot(ChainState chain, Snapshot facts) =>
        Add(chain, new SnapshotState(facts, map.Freeze(chain.Volume.Head, lastName()), _nextOrder++) { Place = SnapshotPlace.Listed });

    private void CreateGroup(PoolOperation.CreateGroup o)
    {
        for (int i = 0; i < o.Disks.Count; i++)
        {
            (DiskId disk, SnapshotId snapshot) = o.Group.Members[i];
            CreateSnapshot(Get(o.Disks[i].Number), o.Common with { Id = snapshot, DiskId = disk, Size = o.Disks[i].Size });
        }

        Put(o.Group);
    }

    private void DeleteSnapshots(ChainState chain, PoolOperation.DeleteSnapshots o)
    {
        foreach (SnapshotId id in o.Ids)
        {
            if (!_snapshots.TryGetValue(id, out SnapshotState? snapshot))
            {
                continue;
            }

            if (o.PurgeAfter is not null && snapshot.Place == SnapshotPlace.Listed)
            {
                chain.Snapshots.Remove(snapshot);
                snapshot.Facts = snapshot.Facts with { PurgeAfter = o.PurgeAfter };
                snapshot.Place = SnapshotPlace.Trash;
                Add(chain, snapshot);
                continue;
            }

            chain.Snapshots.Remove(snapshot);
            chain.Trash.Remove(snapshot);
            chain.Undo = chain.Undo == snapshot ? null : chain.Undo;
            Drop(snapshot);
        }

        RemoveIfEmpty(chain);
    }

    private void Undelete(ChainState chain, SnapshotState snapshot)
    {
        chain.Trash.Remove(snapshot);
        snapshot.Facts = snapshot.Facts with { PurgeAfter = null };
        snapshot.Place = SnapshotPlace.Listed;
        Add(chain, snapshot);
    }

    // Undoing is a rollback to the undo point, whose own reference then goes.
    private void Rollback(ChainState chain, PoolOperation.Rollback o)
    {
        SnapshotState target = Get(o.Target);
        Replace(chain, target.Root, target.Facts.Size, o.Undo);
    }

    private void Reinitialize(ChainState chain, PoolOperation.ReinitializeDisk o)
    {
        MapRoot root = chain.Origin is { } origin ? Get(origin).Root : MapRoot.Empty(MapRoot.HeightFor(DiskVolume.BlocksOf(o.Size, chain.Volume.BlockSize)));
        Replace(chain, root, o.Size, o.Undo);
    }

    // The head's reference moves to the undo point; the head takes a new one to what replaces it.
    private void Replace(ChainState chain, MapRoot root, long size, Snapshot undo)
    {
        SnapshotState? replaced = chain.Undo;
        DiskVolume volume = chain.Volume;
        Add(chain, new SnapshotState(undo, volume.Root, _nextOrder++) { Place = SnapshotPlace.Undo });
        map.Retain(root);
        volume.Head.Root = root;
        volume.Size = size;
        map.MarkShared(volume.Head, lastName());
        if (replaced is not null)
        {
            Drop(replaced);
        }
    }

    private void DropUndo(ChainState chain)
    {
        if (chain.Undo is { } undo)
        {
            chain.Undo = null;
            Drop(undo);
        }
    }

    private void Drop(SnapshotState snapshot)
    {
        _snapshots.Remove(snapshot.Facts.Id);
        map.Release(snapshot.Root);
        Removed?.Invoke(snapshot);
        if (snapshot.Facts.GroupId is { } id && Item<SnapshotGroup>(ItemKind.Group, id) is { } group && !group.Members.Any(member => _snapshots.ContainsKey(member.SnapshotId)))
        {
            Remove(ItemKind.Group, id);
        }
    }

    private void RemoveIfEmpty(ChainState chain)
    {
        if (chain.Volume.IsReleased && chain.Snapshots.Count == 0 && chain.Trash.Count == 0)
        {
            _byNumber.Remove(chain.Volume.Number);
            _byId.Remove(chain.Volume.Id);
            Removed?.Invoke(chain);
        }
    }

    private ChainState Get(uint number) => Find(number) ?? throw Unknown($"disk {number}");

    private SnapshotState Get(SnapshotId id) => Find(id) ?? throw Unknown($"snapshot {id}");

    private static PoolCorruptedException Unknown(string what) => new("log operation", $"{what} does not exist");
}
