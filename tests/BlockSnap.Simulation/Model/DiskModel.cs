namespace BlockSnap.Simulation;

/// <summary>The model of one disk and its chain. Not thread-safe.</summary>
internal sealed class DiskModel(string name, DiskState head, SnapshotModel? origin = null)
{
    private static readonly int s_undoPointsMax = new DiskPoolOptions().UndoPointsMax;

    private readonly List<SnapshotModel> _snapshots = [];
    private readonly List<SnapshotModel> _trash = [];
    private readonly List<UndoModel> _undoPoints = [];
    private int _made;
    private uint _day;
    private int _ordinal;

    public string Name { get; } = name;

    /// <summary>The snapshot it was made from, or null.</summary>
    public SnapshotModel? Origin { get; } = origin;

    public DiskState Head { get; private set; } = head;

    /// <summary>What rollbacks replaced, oldest first.</summary>
    public IReadOnlyList<UndoModel> UndoPoints => _undoPoints;

    /// <summary>What the last rollback replaced, or null.</summary>
    public UndoModel? UndoPoint => _undoPoints.Count == 0 ? null : _undoPoints[^1];

    public bool IsReleased { get; private set; }

    /// <summary>Whether nothing is left of it.</summary>
    public bool IsGone => IsReleased && _snapshots.Count + _trash.Count == 0;

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<SnapshotModel> Snapshots => _snapshots;

    /// <summary>Deleted ones that can be had back.</summary>
    public IReadOnlyList<SnapshotModel> Trash => _trash;

    /// <summary>The policy that was applied, or null; it may be gone since.</summary>
    public string? Policy { get; set; }

    /// <summary>Whether the policy rests.</summary>
    public bool IsPaused { get; set; }

    /// <summary>Whether automatic snapshots go with the disk.</summary>
    public bool DeletesSnapshots { get; set; }

    /// <summary>Every state that keeps blocks in use.</summary>
    public IEnumerable<DiskState> States
        => _snapshots.Concat(_trash).Select(snapshot => snapshot.State).Concat(IsReleased ? [] : [Head]).Concat(_undoPoints.Select(point => point.State));

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

    /// <summary>A snapshot of the head, of which more may be known than its name.</summary>
    public void Snapshot(string snapshotName, Func<SnapshotModel, SnapshotModel>? facts = null)
    {
        var made = new SnapshotModel(snapshotName, Head.Copy()) { Order = _made++ };
        _snapshots.Add(facts is null ? made : facts(made));
    }

    /// <summary>A snapshot by a policy on a day, as the number YYYYMMDD; days do not go back here.</summary>
    public void AutomaticSnapshot(uint day, DateTimeOffset? expires)
    {
        _ordinal = day == _day ? _ordinal + 1 : 1;
        _day = day;
        Snapshot($"{PoolModel.AutomaticPrefix}{day}_{_ordinal}", made => made with { Kind = SnapshotKind.Automatic, Expires = expires });
    }

    public SnapshotModel Find(string snapshotName) => _snapshots.Single(snapshot => snapshot.Name == snapshotName);

    public void Change(string snapshotName, Func<SnapshotModel, SnapshotModel> change)
    {
        int at = _snapshots.FindIndex(snapshot => snapshot.Name == snapshotName);
        _snapshots[at] = change(_snapshots[at]);
    }

    /// <summary>Deletes a snapshot that can be had back. Its lock, if it had one, had ended.</summary>
    public void MoveToTrash(string snapshotName, DateTimeOffset purgeAfter)
    {
        _trash.Add(Find(snapshotName) with { PurgeAfter = purgeAfter, LockedUntil = null, CoolOffUntil = null });
        Delete([snapshotName]);
    }

    public void Undelete(string snapshotName)
    {
        SnapshotModel back = _trash.Single(snapshot => snapshot.Name == snapshotName);
        _trash.Remove(back);
        _snapshots.Insert(_snapshots.Count(snapshot => snapshot.Order < back.Order), back with { PurgeAfter = null });
    }

    public void Delete(IEnumerable<string> names)
    {
        HashSet<string> gone = [.. names];
        _snapshots.RemoveAll(snapshot => gone.Contains(snapshot.Name));
    }

    /// <summary>Empties the trash of what a condition holds for.</summary>
    public void Purge(Predicate<SnapshotModel> condition) => _trash.RemoveAll(condition);

    public void Expire(DateTimeOffset now, Func<SnapshotModel, bool> isFree)
    {
        _snapshots.RemoveAll(snapshot => snapshot.Expires <= now && isFree(snapshot));
        _trash.RemoveAll(snapshot => snapshot.PurgeAfter <= now);
        _undoPoints.RemoveAll(point => point.Expires <= now);
    }

    public void Rollback(SnapshotModel snapshot, DateTimeOffset now, int? undoDays = null, string? group = null) => Replace(snapshot.State, now, undoDays, group);

    public void Undo(DateTimeOffset now, int? index = null, string? group = null)
    {
        int at = index ?? _undoPoints.Count - 1;
        DiskState state = _undoPoints[at].State;
        _undoPoints.RemoveAt(at);
        Replace(state, now, null, group);
    }

    public void SetUndoRetention(int index, DateTimeOffset expires) => _undoPoints[index] = _undoPoints[index] with { Expires = expires };

    /// <summary>Back to what it was at first: empty, or its origin, in its present size if that is enough.</summary>
    public void Reinitialize(DateTimeOffset now)
    {
        DiskState first = Origin is null ? new DiskState(Head.BlockBytes, Head.Size) : Origin.State.Copy();
        first.Resize(Math.Max(Head.Size, first.Size));
        Replace(first, now, null, null);
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

    private void Replace(DiskState state, DateTimeOffset now, int? undoDays, string? group)
    {
        _undoPoints.Add(new UndoModel(Head, now.AddDays(undoDays ?? UndoModel.DefaultDays), group));
        if (_undoPoints.Count > s_undoPointsMax)
        {
            _undoPoints.RemoveAt(0);
        }

        Head = state.Copy();
    }
}
