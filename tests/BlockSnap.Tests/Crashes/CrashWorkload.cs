namespace BlockSnap.Tests.Crashes;

/// <summary>Makes operations from a seed and the state of the model: the same ones on every run.</summary>
/// <param name="seed">Any number.</param>
/// <param name="hasPolicies">Whether policies are among them.</param>
internal sealed partial class CrashWorkload(int seed, bool hasPolicies = true)
{
    private const int SnapshotsMax = 5;
    private const int DisksMax = 5;
    private const long DeepBytes = PoolDigest.WindowStride + PoolDigest.WindowBytes;

    private readonly Random _random = new(seed);
    private long _fill = seed * 1_000_000L;
    private int _names;

    /// <summary>Disks of three block sizes, one of them too big to be read whole.</summary>
    public static IEnumerable<CrashOperation> Disks() =>
    [
        Create("a", 300_000, 4096),
        Create("tiny", 40_000, 512),
        Create("deep", DeepBytes, 4096),
    ];

    /// <summary>Fills a disk with data that stays, so that a pool has many segments.</summary>
    public IEnumerable<CrashOperation> Ballast(int bytes)
    {
        yield return Create("ballast", bytes, 16384);
        for (int offset = 0; offset < bytes; offset += 65536)
        {
            yield return Write("ballast", offset, Math.Min(65536, bytes - offset), 16384, ++_fill);
        }

        yield return new CrashOperation("checkpoint", [], true, static pool => pool.CheckpointAsync());
    }

    public CrashOperation Next(PoolModel model)
    {
        DiskModel[] disks = [.. model.LiveDisks.Where(disk => disk.Name != "ballast")];
        if (disks.Length == 0)
        {
            return Create($"disk{++_names}", 50_000, 4096);
        }

        DiskModel disk = disks[_random.Next(disks.Length)];
        SnapshotModel? snapshot = disk.Snapshots.Count == 0 ? null : disk.Snapshots[_random.Next(disk.Snapshots.Count)];
        string name = disk.Name;
        int blockBytes = disk.Head.BlockBytes;
        (long offset, int length) = Range(disk.Head);
        if (_random.Next(6) == 0 && NextLife(model, disk) is { } life)
        {
            return life;
        }

        switch (_random.Next(100))
        {
            case < 45:
                return Write(name, offset, length, blockBytes, _random.Next(12) == 0 ? 0 : ++_fill);
            case < 52:
                return OnDisk($"discard {name} {offset}+{length}", name, [m => Disk(m, name).Head.Discard(offset, length)], false, d => d.Discard(offset, length));
            case < 57:
                return OnDisk(
                    $"zero {name} {offset}+{length}",
                    name,
                    [.. Pieces(offset, length, blockBytes).Select(piece => (Action<PoolModel>)(m => Disk(m, name).Head.WriteZeroes(piece.Offset, piece.Length)))],
                    false,
                    d => d.WriteZeroes(offset, length));
            case < 69:
                return new CrashOperation("flush", [], true, async pool => await pool.FlushAsync());
            case < 77 when disk.Snapshots.Count < SnapshotsMax && !model.IsSuspended:
                string fresh = $"s{++_names}";
                return OnChain($"snapshot {name}@{fresh}", disk, m => Disk(m, name).Snapshot(fresh), chain => chain.CreateAsync(fresh));
            case < 83 when disk.Snapshots.Count > 1:
                string[] gone = [.. disk.Snapshots.Where(s => _random.Next(3) == 0 || s == snapshot).Where(s => model.IsDeletable(disk, s)).Select(s => s.Name)];
                return OnChain($"delete {name}@{string.Join(',', gone)}", disk, m => Disk(m, name).Delete(gone), chain => chain.DeleteAsync(gone, force: true));
            case < 87 when snapshot is not null:
                return OnChain(
                    $"rollback {name}@{snapshot.Name}", disk, m => Disk(m, name).Rollback(Disk(m, name).Snapshots.Single(s => s.Name == snapshot.Name)), chain => chain.RollbackAsync(snapshot.Name));
            case < 89 when disk.UndoPoint is not null:
                int point = disk.UndoPoints.Count() / 2;
                return OnChain($"undo {name} to {point}", disk, m => Disk(m, name).Undo(point), chain => chain.UndoRollbackAsync(chain.UndoPoints[point].Name));
            case < 92 when snapshot is not null && disks.Length < DisksMax:
                string clone = $"clone{++_names}";
                return OnChain(
                    $"clone {name}@{snapshot.Name} {clone}",
                    disk,
                    m => m.Add(Disk(m, name).Clone(Disk(m, name).Snapshots.Single(s => s.Name == snapshot.Name), clone, snapshot.State.Size)),
                    chain => chain.CloneAsync(snapshot.Name, clone));
            case < 94 when disk.Origin is not null || name.StartsWith("disk", StringComparison.Ordinal):
                return new CrashOperation($"delete disk {name}", [m => m.Release(name)], true, pool => pool.DeleteDiskAsync(name));
            case < 95 when disks.Length < DisksMax:
                return Create($"disk{++_names}", 10_000 + _random.Next(100_000), 512 << _random.Next(5));
            case < 96 when disk.Head.Size < PoolDigest.WindowStride:
                return Resize(disk, 20_000 + _random.Next(300_000));
            case < 98:
                return new CrashOperation("checkpoint", [], true, static pool => pool.CheckpointAsync());
            case < 99:
                return new CrashOperation("compact", [], true, static async pool => await pool.CompactAsync());
            default:
                return Write(name, offset, length, blockBytes, ++_fill);
        }
    }

    private static CrashOperation Create(string name, long size, int blockBytes) => new(
        $"create {name}",
        [m => m.Add(new DiskModel(name, new DiskState(blockBytes, size)))],
        true,
        pool => pool.CreateDiskAsync(name, size, new BlockSize(blockBytes)));

    // A fill of 0 writes zeros.
    private static CrashOperation Write(string name, long offset, int length, int blockBytes, long fill)
    {
        byte[] data = fill == 0 ? new byte[length] : Pattern.Bytes(length, fill);
        return OnDisk(
            $"write {name} {offset}+{length}",
            name,
            [.. Blocks(offset, length, blockBytes).Select(piece => (Action<PoolModel>)(m => Disk(m, name).Head.Write(piece.Offset, data.AsSpan((int)(piece.Offset - offset), piece.Length))))],
            false,
            d => d.Write(offset, data));
    }

    private static CrashOperation Resize(DiskModel disk, long size)
    {
        string name = disk.Name;
        int blockBytes = disk.Head.BlockBytes;
        long tail = Math.Min(disk.Head.Size, (size + blockBytes - 1) / blockBytes * blockBytes);
        return OnDisk(
            $"resize {name} {disk.Head.Size} -> {size}",
            name,
            [m => Disk(m, name).Head.WriteZeroes(size, Math.Max(0, tail - size)), m => Disk(m, name).Head.Resize(size)],
            true,
            d => d.Resize(size));
    }

    private static CrashOperation OnDisk(string text, string name, IReadOnlyList<Action<PoolModel>> steps, bool isDurable, Action<IDisk> act) => new(text, steps, isDurable, pool =>
    {
        using IDisk disk = pool.OpenDisk(name);
        act(disk);
        return Task.CompletedTask;
    });

    private static CrashOperation OnChain(string text, DiskModel disk, Action<PoolModel> step, Func<ISnapshotChain, Task> act) =>
        new(text, [step], true, pool => act(pool.OpenChain(disk.Name)));

    private static DiskModel Disk(PoolModel model, string name) => model.Disks.Single(disk => disk.Name == name);

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

    // A range cut at every block.
    private static IEnumerable<(long Offset, int Length)> Blocks(long offset, int length, int blockBytes)
    {
        for (long at = offset; at < offset + length;)
        {
            int piece = (int)Math.Min(offset + length - at, blockBytes - (at % blockBytes));
            yield return (at, piece);
            at += piece;
        }
    }

    // A range cut into the part of its first block, whole blocks, and the part of its last one.
    private static IEnumerable<(long Offset, int Length)> Pieces(long offset, int length, int blockBytes)
    {
        long end = offset + length;
        long first = Math.Min(end, (offset + blockBytes - 1) / blockBytes * blockBytes);
        long last = Math.Max(first, end / blockBytes * blockBytes);
        return new[] { (offset, (int)(first - offset)), (first, (int)(last - first)), (last, (int)(end - last)) }.Where(piece => piece.Item2 > 0);
    }
}
