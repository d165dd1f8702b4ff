namespace BlockSnap.Nbd.Exports;

/// <summary>
/// Something that can be asked about every range of an export: where it holds data ("base:allocation"), or where it differs from a
/// snapshot of its chain ("blocksnap:changed:SNAPSHOT"). Both are one diff: against nothing, or against the snapshot.
/// </summary>
internal sealed class MetaContext : IDisposable
{
    public const string AllocationName = "base:allocation";
    public const string ChangedPrefix = "blocksnap:changed:";

    private const uint Hole = 1;
    private const uint ReadsZero = 2;
    private const uint Changed = 1;

    private readonly DiskPool _pool;
    private readonly IDisk _disk;
    private readonly IDisk? _since;

    private MetaContext(string name, DiskPool pool, IDisk disk, IDisk? since)
    {
        Name = name;
        _pool = pool;
        _disk = disk;
        _since = since;
    }

    public string Name { get; }

    public static MetaContext Allocation(DiskPool pool, IDisk disk) => new(AllocationName, pool, disk, null);

    /// <exception cref="SnapshotNotFoundException">The chain has no such snapshot.</exception>
    public static MetaContext ChangedSince(string snapshot, DiskPool pool, IDisk disk) =>
        new(ChangedPrefix + snapshot, pool, disk, disk.Chain.Open(snapshot));

    /// <summary>The status of a range inside the disk, as extents without gaps of which neighbours differ.</summary>
    /// <param name="countMax">The most extents to return; where they are not enough, they cover the beginning of the range.</param>
    /// <exception cref="DiskNotFoundException">The disk was deleted.</exception>
    public IReadOnlyList<StatusExtent> Describe(ByteRange range, int countMax) => [.. Walk(range).Take(countMax)];

    public void Dispose() => _since?.Dispose();

    private IEnumerable<StatusExtent> Walk(ByteRange range)
    {
        uint gap = _since is null ? Hole | ReadsZero : 0;
        long at = range.Offset;
        foreach (ChangedExtent extent in _pool.DiffAsync(_since, _disk, range).ToBlockingEnumerable())
        {
            if (extent.Offset > at)
            {
                yield return new StatusExtent(extent.Offset - at, gap);
            }

            yield return new StatusExtent(extent.Length, FlagsOf(extent.Kind));
            at = extent.End;
        }

        if (at < range.End)
        {
            yield return new StatusExtent(range.End - at, gap);
        }
    }

    private uint FlagsOf(ChangeKind kind) => (_since, kind) switch
    {
        (null, _) => 0,
        (_, ChangeKind.Zero) => Changed | ReadsZero,
        _ => Changed,
    };
}
