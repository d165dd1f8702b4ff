namespace BlockSnap.Simulation;

/// <summary>The model of one disk and its chain. Not thread-safe.</summary>
internal sealed class DiskModel(string name, DiskState head, SnapshotModel? origin = null)
{
    private readonly List<SnapshotModel> _snapshots = [];
    private readonly List<SnapshotModel> _trash = [];
    private readonly List<(DiskState State, string? Group)> _undoPoints = [];
    private int _made;
    private uint _day;
    private int _ordinal;

    public string Name { get; } = name;

    /// <summary>The snapshot it was made from, or null.</summary>
    public SnapshotModel? Origin { get; } = origin;

    public DiskState Head { get; private set; } = head;

    /// <summary>What rollbacks replaced, oldest first.</summary>
    public IEnumerable<DiskState> UndoPoints => _undoPoints.Select(point => point.State);

    /// <summary>What the last rollback replaced, or null.</summary>
    public DiskState? UndoPoint => _undoPoints.Count == 0 ? null : _undoPoints[^1].State;

    public bool IsReleased { get; private set; }

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<SnapshotModel> Snapshots => _snapshots;

    /// <summary>Deleted ones that can be had back.</summary>
    public IReadOnlyList<SnapshotModel> Trash => _trash;

    /// <summary>The group whose rollback made the undo point, or null.</summary>
    public string? UndoGroup => _undoPoints.Count == 0 ? null : _undoPoints[^1].Group;

    /// <summary>The policy that was applied, or null; it may be gone since.</summary>
    public string? Policy { get; set; }

    /// <summary>Whether the policy rests.</summary>
    public bool IsPaused { get; set; }

    /// <summary>Whether automatic snapshots go with the disk.</summary>
    public bool DeletesSnapshots { get; set; }

    /// <summary>Every state that keeps blocks in use.</summary>
    public IEnumerable<DiskState> States
        => _snapshots.Concat(_trash).Select(snapshot => snapshot.State).Concat(IsReleased ? [] : [Head]).Concat(UndoPoints);

    /// <summary>Another model in the same state.</summary>
    public DiskModel Copy()
    {
        var copy = new DiskModel(Name, Head.Copy(), Origin)
        {
            IsReleased = IsReleased,
            Policy = Policy,
            IsPaused = IsPaused,
            DeletesSnapshots = DeletesSnapshots,
            _made = _made,
            _day = _day,
            _ordinal = _ordinal,
        };
        copy._snapshots.AddRange(_snapshots);
        copy._trash.AddRange(_trash);
        copy._undoPoints.AddRange(_undoPoints);
        return copy;
    }

    public void Snapshot(string snapshotName) => _snapshots.Add(new SnapshotModel(snapshotName, Head.Copy()) { Order = _made++ });

    /// <summary>A snapshot by a policy on a day, as the number YYYYMMDD; days do not go back here.</summary>
    public void AutomaticSnapshot(uint day)
    {
        _ordinal = day == _day ? _ordinal + 1 : 1;
        _day = day;
        Snapshot($"{PoolModel.AutomaticPrefix}{day}_{_ordinal}");
    }

    public SnapshotModel Find(string snapshotName) => _snapshots.Single(snapshot => snapshot.Name == snapshotName);

    public void Change(string snapshotName, Func<SnapshotModel, SnapshotModel> change)
    {
        int at = _snapshots.FindIndex(snapshot => snapshot.Name == snapshotName);
        _snapshots[at] = change(_snapshots[at]);
    }

    public void MoveToTrash(string snapshotName)
    {
        _trash.Add(Find(snapshotName));
        Delete([snapshotName]);
    }

    public void Undelete(string snapshotName)
    {
        SnapshotModel back = _trash.Single(snapshot => snapshot.Name == snapshotName);
        _trash.Remove(back);
        _snapshots.Insert(_snapshots.Count(snapshot => snapshot.Order < back.Order), back);
    }

    public void Delete(IEnumerable<string> names)
    {
        HashSet<string> gone = [.. names];
        _snapshots.RemoveAll(snapshot => gone.Contains(snapshot.Name));
    }

    public void Rollback(SnapshotModel snapshot, string? group = null) => Replace(snapshot.State, group);

    public void Undo(string? group = null) => Undo(_undoPoints.Count - 1, group);

    public void Undo(int index, string? group = null)
    {
        DiskState state = _undoPoints[index].State;
        _undoPoints.RemoveAt(index);
        Replace(state, group);
    }

    /// <summary>Back to what it was at first: empty, or its origin, in its present size if that is enough.</summary>
    public void Reinitialize()
    {
        DiskState first = Origin is null ? new DiskState(Head.BlockBytes, Head.Size) : Origin.State.Copy();
        first.Resize(Math.Max(Head.Size, first.Size));
        Replace(first, null);
    }

    public DiskModel Clone(SnapshotModel snapshot, string diskName, long size)
    {
        DiskState state = snapshot.State.Copy();
        state.Resize(size);
        return new DiskModel(diskName, state, snapshot);
    }

    public void Release()
    {
        IsReleased = true;
        _undoPoints.Clear();
    }

    private void Replace(DiskState state, string? group)
    {
        _undoPoints.Add((Head, group));
        if (_undoPoints.Count > new DiskPoolOptions().UndoPointsMax)
        {
            _undoPoints.RemoveAt(0);
        }

        Head = state.Copy();
    }
}
