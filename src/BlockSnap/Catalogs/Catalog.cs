using BlockSnap.Disks;
using BlockSnap.Items;
using BlockSnap.Mapping;

namespace BlockSnap.Catalogs;

/// <summary>
/// The disks, chains and other items of a pool. What each operation does to them is told once, by <see cref="Apply"/>, for the caller and
/// for the replay of the log alike. All members are called under the gate and do no I/O.
/// </summary>
internal sealed partial class Catalog(BlockMap map, Func<ulong> lastName)
{
    private readonly Dictionary<uint, ChainState> _byNumber = [];
    private readonly Dictionary<string, ChainState> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<DiskId, ChainState> _byId = [];
    private readonly Dictionary<SnapshotId, SnapshotState> _snapshots = [];
    private readonly Dictionary<SnapshotId, List<ChainState>> _clones = [];
    private readonly Dictionary<uint, DiskFamily> _families = [];
    private readonly Dictionary<ItemKind, Dictionary<Guid, ItemState>> _items = [];

    // Snapshots and items that may differ from what the pages hold.
    private readonly HashSet<TrackedOwner> _changed = new(ReferenceEqualityComparer.Instance);

    // Live disks by the logarithm of their block size.
    private readonly int[] _disksBySize = new int[64];
    private long _nextOrder;

    public uint NextNumber { get; set; } = 1;

    /// <summary>Every chain, those of deleted disks too.</summary>
    public IReadOnlyCollection<ChainState> All => _byNumber.Values;

    /// <summary>Everything that has a place in the catalog's pages.</summary>
    public IEnumerable<object> Owners => All
        .SelectMany(chain => chain.States.Prepend<object>(chain))
        .Concat(_items.Values.SelectMany(items => items.Values));

    /// <summary>
    /// The owners that may differ from what the pages hold: every chain, since a head changes with each write, and what was put in or changed since
    /// <see cref="Settle"/>.
    /// </summary>
    public IEnumerable<object> Changed => All.Concat<object>(_changed);

    /// <summary>The snapshots among them. Roots of all others have names.</summary>
    public IEnumerable<SnapshotState> ChangedSnapshots => _changed.OfType<SnapshotState>();

    /// <summary>An upper bound of the number of <see cref="Owners"/>, without a look at each: with room for one more undo point a disk.</summary>
    public int OwnersMax => (2 * _byNumber.Count) + _snapshots.Count + _items.Values.Sum(items => items.Count);

    /// <summary>Told of each owner that goes, so that its place is freed.</summary>
    public Action<object>? Removed { get; set; }

    public ChainState? Find(uint number) => _byNumber.GetValueOrDefault(number);

    public ChainState? Find(DiskId id) => _byId.GetValueOrDefault(id);

    /// <summary>A disk that was not deleted.</summary>
    public ChainState? FindLive(DiskId id) => Find(id) is { Volume.IsReleased: false } chain ? chain : null;

    /// <summary>A live disk by name.</summary>
    public ChainState? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>A snapshot of any chain, those in the trash too.</summary>
    public SnapshotState? Find(SnapshotId id) => _snapshots.GetValueOrDefault(id);

    /// <summary>The chain of a snapshot, which lasts at least as long.</summary>
    public ChainState ChainOf(SnapshotState snapshot) => _byId[snapshot.Facts.DiskId];

    /// <summary>The disks that a disk shares blocks with, itself among them.</summary>
    public DiskFamily FamilyOf(ChainState chain) => _families[chain.Family];

    /// <summary>Live disks that were made from a snapshot.</summary>
    public IReadOnlyList<ChainState> ClonesOf(SnapshotId id) => _clones.GetValueOrDefault(id) ?? (IReadOnlyList<ChainState>)[];

    /// <summary>The items of one kind.</summary>
    public IEnumerable<T> Items<T>(ItemKind kind)
        where T : class, ICatalogItem =>
        _items.TryGetValue(kind, out Dictionary<Guid, ItemState>? items) ? items.Values.Select(item => (T)item.Value) : [];

    /// <summary>One item, or null.</summary>
    public T? Item<T>(ItemKind kind, Guid id)
        where T : class, ICatalogItem => (T?)_items.GetValueOrDefault(kind)?.GetValueOrDefault(id)?.Value;

    /// <summary>The images that a snapshot is in.</summary>
    public IEnumerable<PoolImage> ImagesOf(SnapshotId id) => Items<PoolImage>(ItemKind.Image).Where(image => image.All.Contains(id));

    /// <summary>What is durable about a disk's automatic snapshots, or the defaults when nothing is.</summary>
    public DiskPolicyItem PolicyItemOf(DiskId id) => Item<DiskPolicyItem>(ItemKind.DiskPolicy, id.Value) ?? new DiskPolicyItem(id);

    /// <summary>The logarithm of the smallest block size of live disks, if it is less than <paramref name="most"/>.</summary>
    public int SmallestBlockLog2(int most)
    {
        int log2 = 0;
        while (log2 < most && _disksBySize[log2] == 0)
        {
            log2++;
        }

        return log2;
    }

    /// <summary>Says that the pages hold everything as it is now.</summary>
    public void Settle() => _changed.Clear();

    /// <summary>Puts an item outside an operation: only for what a checkpoint knows better than the log.</summary>
    public void Put(ICatalogItem item)
    {
        if (_items.GetValueOrDefault(item.Kind)?.GetValueOrDefault(item.ItemId) is { } state)
        {
            state.Value = item;
        }
        else
        {
            Add(new ItemState(item));
        }
    }

    /// <summary>Takes an item out; does nothing when there is none.</summary>
    public void Remove(ItemKind kind, Guid id)
    {
        if (_items.TryGetValue(kind, out Dictionary<Guid, ItemState>? items) && items.Remove(id, out ItemState? state))
        {
            state.Forget();
            Removed?.Invoke(state);
        }
    }

    /// <summary>Fills an empty catalog with what its pages hold, in any order.</summary>
    public void Restore(IReadOnlyList<object> owners)
    {
        foreach (ChainState chain in owners.OfType<ChainState>())
        {
            Add(chain);
        }

        foreach (SnapshotState snapshot in owners.OfType<SnapshotState>().OrderBy(snapshot => snapshot.Order))
        {
            ChainState chain = Find(snapshot.Facts.DiskId)
                ?? throw new PoolCorruptedException("catalog", $"snapshot {snapshot.Facts.Id} belongs to no disk");
            if (snapshot.Order < _nextOrder)
            {
                throw new PoolCorruptedException(
                    "catalog", $"snapshot {snapshot.Facts.Id} has the place of another snapshot in the order of all, or none");
            }

            Add(chain, snapshot);
            _nextOrder = snapshot.Order + 1;
        }

        foreach (ItemState item in owners.OfType<ItemState>())
        {
            Add(item);
        }
    }

    private void Add(ItemState item)
    {
        if (!_items.TryGetValue(item.Value.Kind, out Dictionary<Guid, ItemState>? items))
        {
            _items[item.Value.Kind] = items = [];
        }

        items[item.Value.ItemId] = item;
        item.Track(_changed);
    }

    private void Add(ChainState chain)
    {
        DiskVolume volume = chain.Volume;
        _byNumber[volume.Number] = chain;
        _byId[volume.Id] = chain;
        if (!_families.TryGetValue(chain.Family, out DiskFamily? family))
        {
            _families[chain.Family] = family = new DiskFamily();
        }

        family.Chains.Add(chain);
        family.Reshare();
        NextNumber = Math.Max(NextNumber, volume.Number + 1);
        if (volume.IsReleased)
        {
            return;
        }

        _byName[volume.Name] = chain;
        _disksBySize[volume.BlockSize.Log2]++;
        if (chain.Origin is { } origin)
        {
            if (!_clones.TryGetValue(origin, out List<ChainState>? clones))
            {
                _clones[origin] = clones = [];
            }

            clones.Add(chain);
        }
    }

    private void Add(ChainState chain, SnapshotState snapshot)
    {
        _snapshots[snapshot.Facts.Id] = snapshot;
        chain.Add(snapshot);
        snapshot.Track(_changed);
    }
}
