namespace BlockSnap.Simulation;

/// <summary>Makes an operation of a step, whatever state the pool is in. Names and data are never used twice.</summary>
internal sealed class StepTranslator(int segmentBytes)
{
    private const int DisksMax = 5;
    private const int SnapshotsMax = 6;
    private const int SizeMax = 200_000;
    private const long DeepBytes = PoolDigest.WindowStride + PoolDigest.WindowBytes;

    private readonly int[] _blockSizes = [4096, 512, segmentBytes / 4, 4096, 1024];
    private long _fill;
    private int _names;
    private int _runs;

    /// <summary>The operation, or null when there is nothing that the step could be done to.</summary>
    public CrashOperation? Translate(Step step, PoolModel model)
    {
        DiskModel? disk = Pick(model.LiveDisks, step.Disk);
        DiskModel? any = Pick(model.Disks, step.Disk);
        bool hasRoom = model.LiveDisks.Count() < DisksMax;
        switch (step.Kind)
        {
            case StepKind.CreateDisk when hasRoom:
                bool isDeep = step.Fill % 6 == 5;
                return Operations.CreateDisk($"disk{++_names}", isDeep ? DeepBytes : SizeOf(step.At), _blockSizes[step.Pick % _blockSizes.Length]);
            case StepKind.Flush:
                return Operations.Flush();
            case StepKind.Checkpoint:
                return Operations.Checkpoint();
            case StepKind.Compact:
                return Operations.Compact();
            case StepKind.DeleteSnapshots when any?.Snapshots.Count > 0:
                string[] gone = [.. Enumerable.Range(0, 1 + (step.Length % 3)).Select(i => Pick(any.Snapshots, step.Pick + i)!.Name).Distinct()];
                return Operations.DeleteSnapshots(any.Name, gone);
            case StepKind.Clone when hasRoom && any is not null && Pick(any.Snapshots, step.Pick) is { } snapshot:
                return Operations.Clone(any.Name, snapshot.Name, $"clone{++_names}", snapshot.State.Size + (step.Fill % 2 == 0 ? 0 : step.At % 10_000));
            case StepKind.Policy when disk is not null:
                return OnPolicies(step, model, disk);
            case StepKind.RunPolicies when model.WithPolicy().SingleOrDefault() is { } due && due.Snapshots.Count < SnapshotsMax:
                return PolicyOperations.Run(model, ++_runs);
            default:
                return disk is null ? null : OnDisk(step, disk);
        }
    }

    private CrashOperation? OnDisk(Step step, DiskModel disk)
    {
        DiskState head = disk.Head;
        (long offset, int length) = Range(step, head);
        switch (step.Kind)
        {
            case StepKind.Write when length > 0:
                return Operations.Write(disk.Name, offset, length, head.BlockBytes, step.Fill % 12 == 0 ? 0 : ++_fill);
            case StepKind.WriteZeroes when length > 0:
                return Operations.WriteZeroes(disk.Name, offset, length, head.BlockBytes);
            case StepKind.Discard when length > 0:
                return Operations.Discard(disk.Name, offset, length);
            case StepKind.Resize when head.Size < PoolDigest.WindowStride:
                return Operations.Resize(disk, SizeOf(step.At));
            case StepKind.Snapshot when disk.Snapshots.Count < SnapshotsMax:
                return Operations.Snapshot(disk.Name, $"s{++_names}");
            case StepKind.Rollback when Pick(disk.Snapshots, step.Pick) is { } target:
                return Operations.Rollback(disk.Name, target.Name);
            case StepKind.Undo when disk.UndoPoint is not null:
                return step.Fill % 3 == 0 ? Operations.Undo(disk.Name, step.Pick % disk.UndoPoints.Count()) : Operations.Undo(disk.Name);
            case StepKind.DeleteDisk:
                return Operations.DeleteDisk(disk.Name);
            default:
                return null;
        }
    }

    // One disk at most has a policy: of several, a full device could refuse the one and not the next, which is no prefix of anything.
    private CrashOperation OnPolicies(Step step, PoolModel model, DiskModel disk)
    {
        string? policy = model.Policies.FirstOrDefault();
        DiskModel? holder = model.LiveDisks.FirstOrDefault(other => other.Policy is not null);
        return (step.Pick % 8) switch
        {
            _ when policy is null => PolicyOperations.Create($"p{++_names}"),
            0 => PolicyOperations.Delete(policy),
            1 or 2 when holder is not null => PolicyOperations.Cancel(holder.Name),
            3 => PolicyOperations.Pause(!disk.IsPaused, disk.Name),
            4 => PolicyOperations.DeleteSnapshotsWithDisk(!disk.DeletesSnapshots, disk.Name),
            _ => PolicyOperations.Apply(policy, (holder ?? disk).Name),
        };
    }

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

    private static T? Pick<T>(IEnumerable<T> items, int index)
        where T : class
    {
        T[] all = [.. items];
        return all.Length == 0 ? null : all[index % all.Length];
    }
}
