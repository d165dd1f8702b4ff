using BlockSnap.Disks;

namespace BlockSnap.Catalogs;

/// <summary>A disk and its chain in memory. Guarded by the gate; what it lists changes by operations only.</summary>
internal sealed class ChainState(DiskVolume volume, uint family)
{
    private readonly List<SnapshotState> _snapshots = [];
    private readonly List<SnapshotState> _trash = [];
    private readonly List<SnapshotState> _undoPoints = [];

    // Snapshots and undo points. Those in the trash have given up their names.
    private readonly Dictionary<string, SnapshotState> _byName = new(StringComparer.Ordinal);

    public DiskVolume Volume { get; } = volume;

    /// <summary>The disk from which this one descends by cloning, itself when by none: only within a family are blocks shared.</summary>
    public uint Family { get; } = family;

    /// <summary>The snapshot that the disk was made from.</summary>
    public SnapshotId? Origin { get; init; }

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<SnapshotState> Snapshots => _snapshots;

    /// <summary>How many of the listed ones are automatic.</summary>
    public int AutomaticCount { get; private set; }

    /// <summary>How many of the listed ones are not automatic.</summary>
    public int ManualCount => _snapshots.Count - AutomaticCount;

    /// <summary>Deleted snapshots whose grace period lasts, oldest first.</summary>
    public IReadOnlyList<SnapshotState> Trash => _trash;

    /// <summary>What rollbacks replaced, oldest first.</summary>
    public IReadOnlyList<SnapshotState> UndoPoints => _undoPoints;

    /// <summary>What the last rollback replaced.</summary>
    public SnapshotState? Undo => _undoPoints.Count == 0 ? null : _undoPoints[^1];

    /// <summary>The change that is under way, when one takes longer than a step.</summary>
    public ChainChange? Change { get; set; }

    /// <summary>Who said to be using the disk.</summary>
    public List<DiskAttachment> Attachments { get; } = [];

    /// <summary>The due time at which an automatic snapshot failed so that not even that could be logged. In memory only.</summary>
    public DateTimeOffset FailedDue { get; set; }

    /// <summary>The last due time for which an event told that no snapshot was made. In memory only.</summary>
    public DateTimeOffset ToldDue { get; set; }

    /// <summary>Whether the disk differs from its last snapshot, or has none.</summary>
    public bool HasChanges => Snapshots.Count == 0 || Snapshots[^1].Root != Volume.Root || Snapshots[^1].Facts.Size != Volume.Size;

    /// <summary>The state that the head was equal to last; see <see cref="DiskFamily"/>.</summary>
    public HeadOrigin HeadOrigin { get; set; } = HeadOrigin.Unknown;

    /// <summary>Whether the head was only written to since the last snapshot was made: then all that is new in it is younger than that.</summary>
    public bool IsStraight { get; set; }

    /// <summary>Grows whenever a snapshot leaves the list or comes back to it.</summary>
    public long ListChanges { get; private set; }

    /// <summary>What only the head refers to, as it was counted last.</summary>
    public CountedShare? HeadShare { get; set; }

    /// <summary>Everything that holds a map of this disk, but its head.</summary>
    public IEnumerable<SnapshotState> States => _snapshots.Concat(_trash).Concat(_undoPoints);

    /// <summary>A snapshot or an undo point.</summary>
    public SnapshotState? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Where a snapshot stands in the list, or less than 0.</summary>
    public int IndexOf(SnapshotState snapshot)
    {
        int index = IndexIn(_snapshots, snapshot);
        return index >= 0 && _snapshots[index] == snapshot ? index : -1;
    }

    /// <summary>Takes a state in, where its place and order say.</summary>
    public void Add(SnapshotState state)
    {
        List<SnapshotState> list = ListOf(state.Place);
        list.Insert(~IndexIn(list, state), state);
        AutomaticCount += IsListedAutomatic(state) ? 1 : 0;
        if (state.Place != SnapshotPlace.Trash)
        {
            _byName[state.Facts.Name] = state;
        }
    }

    /// <summary>Takes a state out of its list.</summary>
    public void Remove(SnapshotState state)
    {
        List<SnapshotState> list = ListOf(state.Place);
        int index = IndexIn(list, state);
        list.RemoveAt(index);
        AutomaticCount -= IsListedAutomatic(state) ? 1 : 0;
        if (state.Place != SnapshotPlace.Trash)
        {
            _byName.Remove(state.Facts.Name);
        }

        if (state.Place == SnapshotPlace.Listed)
        {
            BridgeAt(index, state.IsStraight);
        }
    }

    /// <summary>Brings a deleted snapshot back to its place in the list.</summary>
    public void Restore(SnapshotState state)
    {
        Remove(state);
        state.Place = SnapshotPlace.Listed;
        state.IsStraight = false; // its predecessor may have gone meanwhile
        Add(state);
        BridgeAt(IndexIn(_snapshots, state) + 1, isStraight: false);
    }

    // What stands at an index of the list has another predecessor now; behind the last snapshot that is the head.
    private void BridgeAt(int index, bool isStraight)
    {
        ListChanges++;
        if (isStraight)
        {
            return;
        }

        if (index < _snapshots.Count)
        {
            _snapshots[index].IsStraight = false;
        }
        else
        {
            IsStraight = false;
        }
    }

    private static bool IsListedAutomatic(SnapshotState state) => state.Place == SnapshotPlace.Listed && state.Facts.Kind == SnapshotKind.Automatic;

    private List<SnapshotState> ListOf(SnapshotPlace place) => place switch
    {
        SnapshotPlace.Listed => _snapshots,
        SnapshotPlace.Trash => _trash,
        _ => _undoPoints,
    };

    // Where it is, or the complement of where it belongs.
    private static int IndexIn(List<SnapshotState> list, SnapshotState state) =>
        list.Count == 0 || list[^1].Order < state.Order
            ? ~list.Count
            : list.BinarySearch(state, Comparer<SnapshotState>.Create(static (a, b) => a.Order.CompareTo(b.Order)));
}
