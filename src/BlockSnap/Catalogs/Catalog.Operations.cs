using BlockSnap.Disks;
using BlockSnap.Items;
using BlockSnap.Mapping;

namespace BlockSnap.Catalogs;

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
                Undelete(Get(o.Number), o.Id);
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
        if (_byNumber.ContainsKey(o.Number) || _byId.ContainsKey(o.Id))
        {
            throw new PoolCorruptedException("log operation", $"disk {o.Number} exists");
        }

        MapRoot root = MapRoot.Empty(MapRoot.HeightFor(DiskVolume.BlocksOf(o.Size, o.BlockSize)));
        uint family = o.Number;
        SnapshotState? source = null;
        if (o.Origin is { } origin)
        {
            ChainState sourceChain = Get(o.OriginDisk);
            source = Get(sourceChain, origin);
            root = source.Root;
            map.Retain(root);
            family = sourceChain.Family;
        }

        var volume = new DiskVolume(o.Number, o.Id, o.Name, o.Size, o.BlockSize, root);
        volume.Head.MoveTo(root, source is null ? 0 : source.Blocks);
        map.MarkShared(volume.Head, lastName());
        Add(new ChainState(volume, family) { Origin = o.Origin, HeadOrigin = HeadOrigin.Of(source) });
    }

    private void DeleteDisk(ChainState chain)
    {
        DiskVolume volume = chain.Volume;
        volume.IsReleased = true;
        map.Release(volume.Root);
        volume.Head.MoveTo(MapRoot.Empty(1), 0);
        chain.HeadOrigin = HeadOrigin.Of(null);
        FamilyOf(chain).Reshare();
        _byName.Remove(volume.Name);
        _disksBySize[volume.BlockSize.Log2]--;
        if (chain.Origin is { } origin && _clones.TryGetValue(origin, out List<ChainState>? clones) && clones.Remove(chain) && clones.Count == 0)
        {
            _clones.Remove(origin);
        }

        Remove(ItemKind.DiskPolicy, volume.Id.Value);
        while (chain.Undo is { } undo)
        {
            Drop(chain, undo);
        }

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

    private void CreateSnapshot(ChainState chain, Snapshot facts)
    {
        ThrowIfNotNew(chain, facts);
        MapHead head = chain.Volume.Head;
        var made = new SnapshotState(facts, map.Freeze(head, lastName()), _nextOrder++)
        {
            Place = SnapshotPlace.Listed,
            Blocks = head.BlockCount,
            IsStraight = chain.IsStraight,
        };
        Add(chain, made);
        FamilyOf(chain).Freeze(chain, made);
        chain.IsStraight = true;
    }

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
            if (!_snapshots.ContainsKey(id))
            {
                continue;
            }

            SnapshotState snapshot = Get(chain, id);
            if (o.PurgeAfter is not null && snapshot.Place == SnapshotPlace.Listed)
            {
                // A lock that it still has has ended, and must not come back with the snapshot: for the trash the pool's own time need not be kept.
                chain.Remove(snapshot);
                snapshot.Facts = snapshot.Facts with { PurgeAfter = o.PurgeAfter, Lock = null };
                snapshot.Place = SnapshotPlace.Trash;
                chain.Add(snapshot);
                continue;
            }

            Drop(chain, snapshot);
        }

        RemoveIfEmpty(chain);
    }

    private void Undelete(ChainState chain, SnapshotId id)
    {
        SnapshotState snapshot = Get(chain, id);
        if (snapshot.Place != SnapshotPlace.Trash)
        {
            throw Unknown($"snapshot {id} in the trash");
        }

        snapshot.Facts = snapshot.Facts with { PurgeAfter = null };
        chain.Restore(snapshot);
    }

    // Undoing is a rollback to an undo point, which is then used up.
    private void Rollback(ChainState chain, PoolOperation.Rollback o)
    {
        SnapshotState target = Get(chain, o.Target);
        Replace(chain, target, target.Facts.Size, o.Undo);
        if (target.Place == SnapshotPlace.Undo)
        {
            Drop(chain, target);
        }
    }

    private void Reinitialize(ChainState chain, PoolOperation.ReinitializeDisk o) =>
        Replace(chain, chain.Origin is { } origin ? Get(origin) : null, o.Size, o.Undo);

    // The head's reference moves to the undo point; the head takes a new one to what replaces it, nothing when that is null.
    private void Replace(ChainState chain, SnapshotState? target, long size, Snapshot undo)
    {
        ThrowIfNotNew(chain, undo);
        DiskVolume volume = chain.Volume;
        MapHead head = volume.Head;
        Add(chain, new SnapshotState(undo, head.Root, _nextOrder++) { Place = SnapshotPlace.Undo, Blocks = head.BlockCount });
        MapRoot root = target?.Root ?? MapRoot.Empty(MapRoot.HeightFor(DiskVolume.BlocksOf(size, volume.BlockSize)));
        map.Retain(root);
        head.MoveTo(root, target is null ? 0 : target.Blocks);
        volume.Size = size;
        map.MarkShared(head, lastName());
        chain.HeadOrigin = HeadOrigin.Of(target);
        chain.IsStraight = false;
        FamilyOf(chain).Reshare();
    }

    private void Drop(ChainState chain, SnapshotState snapshot)
    {
        _snapshots.Remove(snapshot.Facts.Id);
        chain.Remove(snapshot);
        FamilyOf(chain).Forget(snapshot);
        map.Release(snapshot.Root);
        snapshot.Forget();
        Removed?.Invoke(snapshot);
        RemoveGroupIfEmpty(snapshot.Facts.GroupId);
    }

    private void RemoveGroupIfEmpty(Guid? groupId)
    {
        if (groupId is { } id
            && Item<SnapshotGroup>(ItemKind.Group, id) is { } group
            && !group.Members.Any(member => _snapshots.ContainsKey(member.SnapshotId)))
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
            DiskFamily family = FamilyOf(chain);
            family.Chains.Remove(chain);
            if (family.Chains.Count == 0)
            {
                _families.Remove(chain.Family);
            }

            Removed?.Invoke(chain);
        }
    }

    private ChainState Get(uint number) => Find(number) ?? throw Unknown($"disk {number}");

    private SnapshotState Get(SnapshotId id) => Find(id) ?? throw Unknown($"snapshot {id}");

    // A record with a right checksum may be forged all the same: that the snapshot is of that disk is not taken for granted.
    private SnapshotState Get(ChainState chain, SnapshotId id) => Get(id) is { } found && found.Facts.DiskId == chain.Volume.Id
        ? found
        : throw Unknown($"snapshot {id} of disk {chain.Volume.Number}");

    private void ThrowIfNotNew(ChainState chain, Snapshot facts)
    {
        if (facts.DiskId != chain.Volume.Id || _snapshots.ContainsKey(facts.Id))
        {
            throw new PoolCorruptedException("log operation", $"snapshot {facts.Id} exists, or is of another disk than {chain.Volume.Number}");
        }
    }

    private static PoolCorruptedException Unknown(string what) => new("log operation", $"{what} does not exist");
}
