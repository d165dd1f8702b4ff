using BlockSnap.Disks;
using BlockSnap.Mapping;

namespace BlockSnap.Snapshots;

/// <summary>
/// The disks and chains of a pool, and what each operation does to them. The same method serves the caller and the replay of the log,
/// so that they cannot differ. All members are called under the gate and do no I/O.
/// </summary>
internal sealed class Catalog(BlockMap map, Func<ulong> lastName)
{
    private readonly Dictionary<uint, ChainState> _byNumber = [];
    private readonly Dictionary<string, ChainState> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<DiskId, ChainState> _byId = [];

    public uint NextNumber { get; set; } = 1;

    /// <summary>Every chain, those of deleted disks too.</summary>
    public IReadOnlyCollection<ChainState> All => _byNumber.Values;

    /// <summary>Told of chains and snapshots that go, so that their catalog items go too.</summary>
    public Action<object>? Removed { get; set; }

    public ChainState? Find(uint number) => _byNumber.GetValueOrDefault(number);

    public ChainState? Find(DiskId id) => _byId.GetValueOrDefault(id);

    /// <summary>A live disk by name.</summary>
    public ChainState? Find(string name) => _byName.GetValueOrDefault(name);

    public void Add(ChainState chain)
    {
        DiskVolume volume = chain.Volume;
        _byNumber[volume.Number] = chain;
        _byId[volume.Id] = chain;
        NextNumber = Math.Max(NextNumber, volume.Number + 1);
        if (!volume.IsReleased)
        {
            _byName[volume.Name] = chain;
        }
    }

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
                ChainState chain = Get(o.Number);
                chain.Snapshots.Add(new SnapshotState(o.Facts, map.Freeze(chain.Volume.Head, lastName())));
                break;
            case PoolOperation.DeleteSnapshots o:
                DeleteSnapshots(Get(o.Number), o.Ids);
                break;
            case PoolOperation.Rollback o:
                Rollback(Get(o.Number), o);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(operation));
        }
    }

    /// <summary>Live disks that were made from a snapshot.</summary>
    public IEnumerable<ChainState> ClonesOf(SnapshotId id) => All.Where(chain => chain.Origin == id && !chain.Volume.IsReleased);

    private void CreateDisk(PoolOperation.CreateDisk o)
    {
        MapRoot root = MapRoot.Empty(MapRoot.HeightFor(DiskVolume.BlocksOf(o.Size, o.BlockSize)));
        uint family = o.Number;
        if (o.Origin is { } origin)
        {
            ChainState source = Get(o.OriginDisk);
            root = (source.Find(origin) ?? throw Unknown($"snapshot {origin}")).Root;
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
        if (chain.Undo is { } undo)
        {
            map.Release(undo.Root);
            chain.Undo = null;
            Removed?.Invoke(undo);
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

    private void DeleteSnapshots(ChainState chain, IReadOnlyList<SnapshotId> ids)
    {
        var gone = new HashSet<SnapshotId>(ids);
        foreach (SnapshotState snapshot in chain.Snapshots.Where(s => gone.Contains(s.Facts.Id)).ToList())
        {
            chain.Snapshots.Remove(snapshot);
            map.Release(snapshot.Root);
            Removed?.Invoke(snapshot);
        }

        if (chain.Undo is { } undo && gone.Contains(undo.Facts.Id))
        {
            chain.Undo = null;
            map.Release(undo.Root);
            Removed?.Invoke(undo);
        }

        RemoveIfEmpty(chain);
    }

    // The head's reference moves to the undo point; the head takes a new one to the target. Undoing is a rollback to the undo point,
    // whose own reference then goes.
    private void Rollback(ChainState chain, PoolOperation.Rollback o)
    {
        SnapshotState target = chain.Find(o.Target) ?? throw Unknown($"snapshot {o.Target}");
        SnapshotState? replaced = chain.Undo;
        DiskVolume volume = chain.Volume;
        chain.Undo = new SnapshotState(o.Undo, volume.Root);
        map.Retain(target.Root);
        volume.Head.Root = target.Root;
        volume.Size = target.Facts.Size;
        map.MarkShared(volume.Head, lastName());
        if (replaced is not null)
        {
            map.Release(replaced.Root);
            Removed?.Invoke(replaced);
        }
    }

    private void RemoveIfEmpty(ChainState chain)
    {
        if (chain.Volume.IsReleased && chain.Snapshots.Count == 0)
        {
            _byNumber.Remove(chain.Volume.Number);
            _byId.Remove(chain.Volume.Id);
            Removed?.Invoke(chain);
        }
    }

    private ChainState Get(uint number) => Find(number) ?? throw Unknown($"disk {number}");

    private static PoolCorruptedException Unknown(string what) => new("log operation", $"{what} does not exist");
}
