namespace BlockSnap.Simulation;

/// <summary>Makes an operation of a step, whatever state the pool is in. Names and data are never used twice.</summary>
internal sealed class StepTranslator
{
    private const int DisksMax = 5;
    private const int SnapshotsMax = 6;
    private const int SizeMax = 200_000;
    private const long DeepBytes = PoolDigest.WindowStride + PoolDigest.WindowBytes;

    private readonly int[] _blockSizes;
    private readonly LifeTranslator _life;
    private long _fill;
    private int _names;

    public StepTranslator(int segmentBytes)
    {
        _blockSizes = [4096, 512, segmentBytes / 4, 4096, 1024];
        _life = new LifeTranslator(NextName, () => ++_fill) { DisksMax = DisksMax, SnapshotsMax = SnapshotsMax, PolicyDisksMax = 1 };
    }

    /// <summary>The quota with which the pool was opened, or null.</summary>
    public SnapshotQuota? Quota
    {
        set => _life.Quota = value;
    }

    /// <summary>The operation, or null when there is nothing that the step could be done to.</summary>
    public CrashOperation? Translate(Step step, PoolModel model, DateTimeOffset now)
    {
        DiskModel? disk = LifeTranslator.Pick(model.LiveDisks, step.Disk);
        DiskModel? any = LifeTranslator.Pick(model.Disks, step.Disk);
        bool hasRoom = model.LiveDisks.Count() < DisksMax;
        switch (step.Kind)
        {
            case >= StepKind.SpecialSnapshot:
                return _life.Translate(step, model, now);
            case StepKind.CreateDisk when hasRoom:
                bool isDeep = step.Fill % 6 == 5;
                return Operations.CreateDisk(NextName("disk"), isDeep ? DeepBytes : SizeOf(step.At), _blockSizes[step.Pick % _blockSizes.Length]);
            case StepKind.Flush:
                return disk is null || step.Fill % 2 == 0 ? Operations.Flush() : Operations.FlushDisk(disk.Name, step.Pick);
            case StepKind.Checkpoint:
                return Operations.Checkpoint();
            case StepKind.Compact:
                return Operations.Compact();
            case StepKind.DeleteSnapshots when any is not null:
                string[] gone = [.. Enumerable.Range(0, 1 + (step.Length % 3)).Select(i => LifeTranslator.Pick(any.Snapshots, step.Pick + i)).OfType<SnapshotModel>().Where(snapshot => model.IsDeletable(any, snapshot, now)).Select(snapshot => snapshot.Name).Distinct()];
                return gone.Length == 0 ? null : Operations.DeleteSnapshots(any.Name, gone);
            case StepKind.Clone when hasRoom && any is not null && LifeTranslator.Pick(any.Snapshots, step.Pick) is { } snapshot:
                return Operations.Clone(any.Name, snapshot.Name, NextName("clone"), snapshot.State.Size + (step.Fill % 2 == 0 ? 0 : step.At % 10_000));
            case StepKind.Snapshot when disk is not null && (model.IsSuspended || model.MakeRoom(disk, isAutomatic: false, _life.QuotaOf(model), now) is null):
                return _life.Translate(step with { Kind = StepKind.SpecialSnapshot }, model, now);
            default:
                return disk is null ? null : OnDisk(step, disk, now);
        }
    }

    private CrashOperation? OnDisk(Step step, DiskModel disk, DateTimeOffset now)
    {
        DiskState head = disk.Head;
        (long offset, int length) = Range(step, head);
        switch (step.Kind)
        {
            case StepKind.Write when length > 0:
                return Operations.Write(disk.Name, offset, length, head.BlockBytes, step.Fill % 12 == 0 ? 0 : ++_fill, step.Pick);
            case StepKind.WriteZeroes when length > 0:
                return Operations.WriteZeroes(disk.Name, offset, length, head.BlockBytes, step.Pick / 2);
            case StepKind.Discard when length > 0:
                return Operations.Discard(disk.Name, offset, length, step.Pick / 2);
            case StepKind.Resize when head.Size < PoolDigest.WindowStride:
                return Operations.Resize(disk, SizeOf(step.At), step.Pick);
            case StepKind.Snapshot when disk.Snapshots.Count < SnapshotsMax:
                return Operations.Snapshot(disk.Name, NextName("s"));
            case StepKind.Rollback when LifeTranslator.Pick(disk.Snapshots.Where(snapshot => snapshot.Kind != SnapshotKind.Copied), step.Pick) is { } target:
                return Operations.Rollback(disk.Name, target.Name, now);
            case StepKind.Undo when disk.UndoPoint is not null:
                return step.Fill % 3 == 0 ? Operations.Undo(disk.Name, step.Pick % disk.UndoPoints.Count, now) : Operations.Undo(disk.Name, now);
            case StepKind.DeleteDisk:
                return Operations.DeleteDisk(disk.Name, now);
            default:
                return null;
        }
    }

    private string NextName(string prefix) => $"{prefix}{++_names}";

    private static int SizeOf(int at) => 8_000 + (at % SizeMax);

    // Of a deep disk only the windows are written to that the digest reads.
    private static (long Offset, int Length) Range(Step step, DiskState head)
    {
        bool isDeep = head.Size > PoolDigest.WindowStride;
        long origin = isDeep ? step.Pick % 2 * PoolDigest.WindowStride : 0;
        int room = (int)(isDeep ? PoolDigest.WindowBytes : head.Size);
        if (room == 0)
        {
            return (0, 0);
        }

        int grain = step.Fill % 3 == 0 ? 1 : head.BlockBytes;
        int at = step.At % room / grain * grain;
        int most = Math.Min(room - at, Math.Max(1, step.Length % (24 * head.BlockBytes)));
        return (origin + at, grain > 1 && most >= grain ? most / grain * grain : most);
    }
}
