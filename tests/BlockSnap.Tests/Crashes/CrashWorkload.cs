namespace BlockSnap.Tests.Crashes;

/// <summary>Makes operations from a seed and the state of the model: the same ones on every run.</summary>
internal sealed class CrashWorkload
{
    private const int SnapshotsMax = 5;
    private const int DisksMax = 5;
    private const long DeepBytes = PoolDigest.WindowStride + PoolDigest.WindowBytes;

    private static readonly TimeSpan s_pace = TimeSpan.FromSeconds(1);

    // How often a kind comes, among all weights.
    private static readonly (int Weight, StepKind Kind)[] s_lifeWeights =
    [
        (5, StepKind.SpecialSnapshot), (4, StepKind.Hold), (3, StepKind.Lock), (3, StepKind.Retain), (3, StepKind.Trash), (3, StepKind.Undelete),
        (2, StepKind.DeleteKept), (2, StepKind.RollbackInUse), (5, StepKind.Group), (4, StepKind.RollbackGroup), (2, StepKind.DeleteGroup), (2, StepKind.Reinitialize),
        (2, StepKind.Synchronize), (5, StepKind.Image), (2, StepKind.Import), (6, StepKind.Policy), (5, StepKind.RunPolicies), (2, StepKind.Suspend), (1, StepKind.Quota), (3, StepKind.Expire),
        (1, StepKind.Purge), (2, StepKind.Scrub),
    ];

    private static readonly int s_lifeWeight = s_lifeWeights.Sum(entry => entry.Weight);

    private readonly Random _random;
    private readonly LifeTranslator? _life;
    private long _fill;
    private int _names;

    /// <param name="seed">Any number.</param>
    /// <param name="hasLife">Whether more than writes, snapshots, rollbacks, clones and deletions are among them.</param>
    /// <param name="time">The clock of the pool, or null for a new one.</param>
    public CrashWorkload(int seed, bool hasLife = true, ManualTime? time = null)
    {
        Time = time ?? new ManualTime();
        _random = new Random(seed);
        _fill = seed * 1_000_000L;
        _life = hasLife ? new LifeTranslator(NextName, () => ++_fill) { DisksMax = DisksMax, SnapshotsMax = SnapshotsMax, Quota = time is null ? CrashChoice.Quota : SnapshotQuota.Unlimited } : null;
    }

    /// <summary>The clock of the pool. It goes on from one opening to the next.</summary>
    public ManualTime Time { get; }

    /// <summary>Disks of three block sizes, one of them too big to be read whole.</summary>
    public static IEnumerable<CrashOperation> Disks() =>
    [
        Operations.CreateDisk("a", 300_000, 4096),
        Operations.CreateDisk("tiny", 40_000, 512),
        Operations.CreateDisk("deep", DeepBytes, 4096),
    ];

    /// <summary>Fills a disk with data that stays, so that a pool has many segments.</summary>
    public IEnumerable<CrashOperation> Ballast(int bytes)
    {
        yield return Operations.CreateDisk("ballast", bytes, 16384);
        for (int offset = 0; offset < bytes; offset += 65536)
        {
            yield return Operations.Write("ballast", offset, Math.Min(65536, bytes - offset), 16384, ++_fill);
        }

        yield return Operations.Checkpoint();
    }

    public CrashOperation Next(PoolModel model)
    {
        Time.Advance(s_pace);
        DateTimeOffset now = Time.GetUtcNow();
        if (_life is not null && _random.Next(4) == 0 && _life.Translate(LifeStep(), model, now) is { } life)
        {
            return life;
        }

        return NextPlain(model, now).At(now);
    }

    private CrashOperation NextPlain(PoolModel model, DateTimeOffset now)
    {
        DiskModel[] disks = [.. model.LiveDisks.Where(disk => disk.Name != "ballast")];
        if (disks.Length == 0)
        {
            return Operations.CreateDisk(NextName("disk"), 50_000, 4096);
        }

        DiskModel disk = disks[_random.Next(disks.Length)];
        SnapshotModel? snapshot = disk.Snapshots.Count == 0 ? null : disk.Snapshots[_random.Next(disk.Snapshots.Count)];
        string name = disk.Name;
        int blockBytes = disk.Head.BlockBytes;
        (long offset, int length) = Range(disk.Head);
        int form = _random.Next(2);
        switch (_random.Next(100))
        {
            case < 45:
                return Operations.Write(name, offset, length, blockBytes, _random.Next(12) == 0 ? 0 : ++_fill, form);
            case < 52:
                return Operations.Discard(name, offset, length, form);
            case < 57:
                return Operations.WriteZeroes(name, offset, length, blockBytes, form);
            case < 69:
                return form == 0 ? Operations.Flush() : Operations.FlushDisk(name, _random.Next(2));
            case < 77 when disk.Snapshots.Count < SnapshotsMax && !model.IsSuspended && model.MakeRoom(disk, isAutomatic: false, CrashChoice.Quota, now) is not null:
                return Operations.Snapshot(name, NextName("s"));
            case < 83 when disk.Snapshots.Count > 1:
                string[] gone = [.. disk.Snapshots.Where(s => _random.Next(3) == 0 || s == snapshot).Where(s => model.IsDeletable(disk, s, now)).Select(s => s.Name)];
                return Operations.DeleteSnapshots(name, gone);
            case < 87 when snapshot is not null && snapshot.Kind != SnapshotKind.Copied:
                return Operations.Rollback(name, snapshot.Name, now);
            case < 89 when disk.UndoPoint is not null:
                return form == 0 ? Operations.Undo(name, now) : Operations.Undo(name, disk.UndoPoints.Count / 2, now);
            case < 92 when snapshot is not null && disks.Length < DisksMax:
                return Operations.Clone(name, snapshot.Name, NextName("clone"), snapshot.State.Size);
            case < 94 when disk.Origin is not null || name.StartsWith("disk", StringComparison.Ordinal):
                return Operations.DeleteDisk(name, now);
            case < 95 when disks.Length < DisksMax:
                return Operations.CreateDisk(NextName("disk"), 10_000 + _random.Next(100_000), 512 << _random.Next(5));
            case < 96 when disk.Head.Size < PoolDigest.WindowStride:
                return Operations.Resize(disk, 20_000 + _random.Next(300_000), form);
            case < 98:
                return Operations.Checkpoint();
            case < 99:
                return Operations.Compact();
            default:
                return Operations.Write(name, offset, length, blockBytes, ++_fill);
        }
    }

    private Step LifeStep()
    {
        int roll = _random.Next(s_lifeWeight);
        StepKind kind = s_lifeWeights.First(entry => (roll -= entry.Weight) < 0).Kind;
        return new Step(kind, _random.Next(8), _random.Next(32), _random.Next(1 << 20), _random.Next(10_000), _random.Next(1 << 10));
    }

    private string NextName(string prefix) => $"{prefix}{++_names}";

    private (long Offset, int Length) Range(DiskState head)
    {
        bool deep = head.Size > PoolDigest.WindowStride;
        long origin = deep ? _random.Next(2) * PoolDigest.WindowStride : 0;
        int room = (int)Math.Min(deep ? PoolDigest.WindowBytes : 1 << 20, head.Size - origin);
        bool aligned = _random.Next(3) > 0;
        int grain = aligned ? head.BlockBytes : 1;
        int at = _random.Next(room) / grain * grain;
        int most = Math.Min(room - at, head.BlockBytes * (1 + _random.Next(_random.Next(6) == 0 ? 20 : 3)));
        int length = aligned && most >= grain ? most / grain * grain : 1 + _random.Next(most);
        return (origin + at, length);
    }
}
