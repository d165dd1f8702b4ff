namespace BlockSnap.Simulation;

/// <summary>The calls to a pool as operations: what each does to the pool, and to the model in steps that a crash may fall between.</summary>
internal static class Operations
{
    public static CrashOperation CreateDisk(string name, long size, int blockBytes) => new(
        $"create {name}, {size} bytes in blocks of {blockBytes}",
        [model => model.Add(new DiskModel(name, new DiskState(blockBytes, size)))],
        true,
        pool => pool.CreateDiskAsync(name, size, new BlockSize(blockBytes)));

    public static CrashOperation DeleteDisk(string name) => new($"delete disk {name}", [model => model.Release(name)], true, pool => pool.DeleteDiskAsync(name));

    /// <summary>A write, of zeros when the seed of its data (<c>fill</c>) is 0; a crash may fall between its blocks.</summary>
    public static CrashOperation Write(string name, long offset, int length, int blockBytes, long fill)
    {
        byte[] data = fill == 0 ? new byte[length] : Pattern.Bytes(length, fill);
        return OnDisk(
            $"write {name} {offset}+{length}{(fill == 0 ? " of zeros" : "")}",
            name,
            [.. Blocks(offset, length, blockBytes).Select(piece => (Action<PoolModel>)(model => Disk(model, name).Head.Write(piece.Offset, data.AsSpan((int)(piece.Offset - offset), piece.Length))))],
            false,
            disk => disk.Write(offset, data));
    }

    public static CrashOperation WriteZeroes(string name, long offset, int length, int blockBytes) => OnDisk(
        $"zero {name} {offset}+{length}",
        name,
        [.. Pieces(offset, length, blockBytes).Select(piece => (Action<PoolModel>)(model => Disk(model, name).Head.WriteZeroes(piece.Offset, piece.Length)))],
        false,
        disk => disk.WriteZeroes(offset, length));

    public static CrashOperation Discard(string name, long offset, int length) => OnDisk(
        $"discard {name} {offset}+{length}", name, [model => Disk(model, name).Head.Discard(offset, length)], false, disk => disk.Discard(offset, length));

    public static CrashOperation Resize(DiskModel disk, long size)
    {
        string name = disk.Name;
        int blockBytes = disk.Head.BlockBytes;
        long tail = Math.Min(disk.Head.Size, (size + blockBytes - 1) / blockBytes * blockBytes);
        return OnDisk(
            $"resize {name} {disk.Head.Size} -> {size}",
            name,
            [model => Disk(model, name).Head.WriteZeroes(size, Math.Max(0, tail - size)), model => Disk(model, name).Head.Resize(size)],
            true,
            head => head.Resize(size));
    }

    public static CrashOperation Flush() => new("flush", [], true, static async pool => await pool.FlushAsync());

    public static CrashOperation Snapshot(string name, string snapshot) =>
        OnChain($"snapshot {name}@{snapshot}", name, model => Disk(model, name).Snapshot(snapshot), chain => chain.CreateAsync(snapshot));

    public static CrashOperation DeleteSnapshots(string name, string[] snapshots) => OnChain(
        $"delete {name}@{string.Join(',', snapshots)}", name, model => DeleteSnapshots(model, name, snapshots), chain => chain.DeleteAsync(snapshots, force: true));

    public static CrashOperation Rollback(string name, string snapshot) =>
        OnChain($"rollback {name}@{snapshot}", name, model => Disk(model, name).Rollback(Snapshot(model, name, snapshot)), chain => chain.RollbackAsync(snapshot));

    public static CrashOperation Undo(string name) => OnChain($"undo {name}", name, model => Disk(model, name).Undo(), chain => chain.UndoRollbackAsync());

    public static CrashOperation Undo(string name, int index) => OnChain(
        $"undo {name} to {index}", name, model => Disk(model, name).Undo(index), chain => chain.UndoRollbackAsync(chain.UndoPoints[index].Name));

    public static CrashOperation Clone(string name, string snapshot, string clone, long size) => OnChain(
        $"clone {name}@{snapshot} {clone}, {size} bytes",
        name,
        model => model.Add(Disk(model, name).Clone(Snapshot(model, name, snapshot), clone, size)),
        chain => chain.CloneAsync(snapshot, clone, size));

    public static CrashOperation Checkpoint() => new("checkpoint", [], true, static pool => pool.CheckpointAsync());

    public static CrashOperation Compact() => new("compact", [], true, static async pool => await pool.CompactAsync());

    private static CrashOperation OnDisk(string text, string name, IReadOnlyList<Action<PoolModel>> steps, bool isDurable, Action<IDisk> act) => new(text, steps, isDurable, pool =>
    {
        using IDisk disk = pool.OpenDisk(name);
        act(disk);
        return Task.CompletedTask;
    });

    private static CrashOperation OnChain(string text, string name, Action<PoolModel> step, Func<ISnapshotChain, Task> act) =>
        new(text, [step], true, pool => act(pool.OpenChain(name)));

    private static DiskModel Disk(PoolModel model, string name) => model.Disks.Single(disk => disk.Name == name);

    private static SnapshotModel Snapshot(PoolModel model, string name, string snapshot) => Disk(model, name).Snapshots.Single(known => known.Name == snapshot);

    private static void DeleteSnapshots(PoolModel model, string name, string[] snapshots)
    {
        DiskModel disk = Disk(model, name);
        disk.Delete(snapshots);
        if (disk.IsReleased && disk.Snapshots.Count + disk.Trash.Count == 0)
        {
            model.Forget(disk);
        }
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
