namespace BlockSnap.Simulation;

/// <summary>The model of one disk and its chain. Not thread-safe.</summary>
internal sealed class DiskModel(string name, DiskState head, SnapshotModel? origin = null)
{
    private readonly List<SnapshotModel> _snapshots = [];
    private readonly List<SnapshotModel> _trash = [];
    private int _made;

    public string Name { get; } = name;

    /// <summary>The snapshot it was made from, or null.</summary>
    public SnapshotModel? Origin { get; } = origin;

    public DiskState Head { get; private set; } = head;

    /// <summary>What the last rollback replaced, or null.</summary>
    public DiskState? UndoPoint { get; private set; }

    public bool IsReleased { get; private set; }

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<SnapshotModel> Snapshots => _snapshots;

    /// <summary>Deleted ones that can be had back.</summary>
    public IReadOnlyList<SnapshotModel> Trash => _trash;

    /// <summary>The group whose rollback made the undo point, or null.</summary>
    public string? UndoGroup { get; private set; }

    /// <summary>Every state that keeps blocks in use.</summary>
    public IEnumerable<DiskState> States
        => _snapshots.Concat(_trash).Select(snapshot => snapshot.State).Concat(IsReleased ? [] : [Head]).Concat(UndoPoint is null ? [] : [UndoPoint]);

    /// <summary>Another model in the same state.</summary>
    public DiskModel Copy()
    {
        var copy = new DiskModel(Name, Head.Copy(), Origin) { UndoPoint = UndoPoint, UndoGroup = UndoGroup, IsReleased = IsReleased, _made = _made };
        copy._snapshots.AddRange(_snapshots);
        copy._trash.AddRange(_trash);
        return copy;
    }

    public void Snapshot(string snapshotName) => _snapshots.Add(new SnapshotModel(snapshotName, Head.Copy()) { Order = _made++ });

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

    public void Undo(string? group = null) => Replace(UndoPoint!, group);

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
        UndoPoint = null;
    }

    private void Replace(DiskState state, string? group)
    {
        UndoGroup = group;
        UndoPoint = Head;
        Head = state.Copy();
    }
}
