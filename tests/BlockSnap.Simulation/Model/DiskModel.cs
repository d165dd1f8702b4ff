namespace BlockSnap.Simulation;

/// <summary>The model of one disk and its chain. Not thread-safe.</summary>
internal sealed class DiskModel(string name, DiskState head, SnapshotModel? origin = null)
{
    private readonly List<SnapshotModel> _snapshots = [];

    public string Name { get; } = name;

    /// <summary>The snapshot it was made from, or null.</summary>
    public SnapshotModel? Origin { get; } = origin;

    public DiskState Head { get; private set; } = head;

    /// <summary>What the last rollback replaced, or null.</summary>
    public DiskState? UndoPoint { get; private set; }

    public bool IsReleased { get; private set; }

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<SnapshotModel> Snapshots => _snapshots;

    /// <summary>Every state that keeps blocks in use.</summary>
    public IEnumerable<DiskState> States
        => _snapshots.Select(snapshot => snapshot.State).Concat(IsReleased ? [] : [Head]).Concat(UndoPoint is null ? [] : [UndoPoint]);

    public void Snapshot(string snapshotName) => _snapshots.Add(new SnapshotModel(snapshotName, Head.Copy()));

    public void Delete(IEnumerable<string> names)
    {
        HashSet<string> gone = [.. names];
        _snapshots.RemoveAll(snapshot => gone.Contains(snapshot.Name));
    }

    public void Rollback(SnapshotModel snapshot) => Replace(snapshot.State);

    public void Undo() => Replace(UndoPoint!);

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

    private void Replace(DiskState state)
    {
        UndoPoint = Head;
        Head = state.Copy();
    }
}
