namespace BlockSnap.Simulation;

/// <summary>
/// The calls to disks and chains as operations: what each does to the pool, and to the model in steps that a crash may fall between. Where
/// the library has several forms of a call, a number picks one.
/// </summary>
internal static class Operations
{
    public static CrashOperation CreateDisk(string name, long size, int blockBytes) => CrashOperation.OnPool(
        $"create {name}, {size} bytes in blocks of {blockBytes}",
        model => model.Add(new DiskModel(name, new DiskState(blockBytes, size))),
        pool => pool.CreateDiskAsync(name, size, new BlockSize(blockBytes)));

    public static CrashOperation DeleteDisk(string name, DateTimeOffset now) =>
        CrashOperation.OnPool($"delete disk {name}", model => model.Release(name, now), pool => pool.DeleteDiskAsync(name));

    /// <summary>A write, of zeros when the seed of its data (<c>fill</c>) is 0; a crash may fall between its blocks.</summary>
    public static CrashOperation Write(string name, long offset, int length, int blockBytes, long fill, int form = 0)
    {
        byte[] data = fill == 0 ? new byte[length] : Pattern.Bytes(length, fill);
        return CrashOperation.OnDisk(
            $"write {name} {offset}+{length}{(fill == 0 ? " of zeros" : "")}",
            name,
            [.. Blocks(offset, length, blockBytes).Select(piece => (Action<DiskState>)(head => head.Write(piece.Offset, data.AsSpan((int)(piece.Offset - offset), piece.Length))))],
            false,
            disk => form % 2 == 0 ? Now(() => disk.Write(offset, data)) : disk.WriteAsync(offset, data));
    }

    public static CrashOperation WriteZeroes(string name, long offset, int length, int blockBytes, int form = 0) => CrashOperation.OnDisk(
        $"zero {name} {offset}+{length}",
        name,
        [.. Pieces(offset, length, blockBytes).Select(piece => (Action<DiskState>)(head => head.WriteZeroes(piece.Offset, piece.Length)))],
        false,
        disk => form % 2 == 0 ? Now(() => disk.WriteZeroes(offset, length)) : disk.WriteZeroesAsync(offset, length));

    public static CrashOperation Discard(string name, long offset, int length, int form = 0) => CrashOperation.OnDisk(
        $"discard {name} {offset}+{length}",
        name,
        [head => head.Discard(offset, length)],
        false,
        disk => form % 2 == 0 ? Now(() => disk.Discard(offset, length)) : disk.DiscardAsync(offset, length));

    public static CrashOperation Resize(DiskModel disk, long size, int form = 0) => CrashOperation.OnDisk(
        $"{(size < disk.Head.Size ? "shrink" : "grow")} {disk.Name} {disk.Head.Size} -> {size}",
        disk.Name,
        [head => head.Resize(size)],
        true,
        head => form % 2 == 0 ? Now(() => head.Resize(size)) : head.ResizeAsync(size));

    /// <summary>Makes a disk equal to an image of its size, or takes one in: block by block.</summary>
    public static CrashOperation Import(DiskModel disk, byte[] image, bool onlyChanges)
    {
        int blockBytes = disk.Head.BlockBytes;
        return CrashOperation.OnDisk(
            $"{(onlyChanges ? "update" : "import")} {disk.Name}",
            disk.Name,
            [.. Blocks(0, image.Length, blockBytes).Select(piece => (Action<DiskState>)(head => Take(head, piece.Offset, image.AsSpan((int)piece.Offset, piece.Length), onlyChanges)))],
            true,
            async head =>
            {
                using var source = new MemoryStream(image);
                _ = onlyChanges ? (await DiskImage.UpdateAsync(source, head)).ReadBytes : await DiskImage.ImportAsync(source, head);
            });
    }

    public static CrashOperation Flush() => new("flush", [], true, static async pool => await pool.FlushAsync());

    public static CrashOperation FlushDisk(string name, int form = 0) =>
        CrashOperation.OnDisk($"flush {name}", name, [], true, disk => form % 2 == 0 ? Now(disk.Flush) : disk.FlushAsync());

    public static CrashOperation Snapshot(string name, string snapshot) =>
        CrashOperation.OnChain($"snapshot {name}@{snapshot}", name, disk => disk.Snapshot(snapshot), chain => chain.CreateAsync(snapshot));

    public static CrashOperation DeleteSnapshots(string name, string[] snapshots) => CrashOperation.OnPool(
        $"delete {name}@{string.Join(',', snapshots)}",
        model =>
        {
            model.Disk(name).Delete(snapshots);
            model.ForgetGone();
        },
        pool => pool.OpenChain(name).DeleteAsync(snapshots, force: true));

    public static CrashOperation Rollback(string name, string snapshot, DateTimeOffset now) =>
        CrashOperation.OnChain($"rollback {name}@{snapshot}", name, disk => disk.Rollback(disk.Find(snapshot), now), chain => chain.RollbackAsync(snapshot));

    public static CrashOperation Undo(string name, DateTimeOffset now) =>
        CrashOperation.OnChain($"undo {name}", name, disk => disk.Undo(now), chain => chain.UndoRollbackAsync());

    public static CrashOperation Undo(string name, int index, DateTimeOffset now) => CrashOperation.OnChain(
        $"undo {name} to {index}", name, disk => disk.Undo(now, index), chain => chain.UndoRollbackAsync(chain.UndoPoints[index].Name));

    public static CrashOperation Clone(string name, string snapshot, string clone, long size) => CrashOperation.OnPool(
        $"clone {name}@{snapshot} {clone}, {size} bytes",
        model => model.Add(model.Disk(name).Clone(model.Snapshot(name, snapshot), clone, size)),
        pool => pool.OpenChain(name).CloneAsync(snapshot, clone, size));

    public static CrashOperation Checkpoint() => new("checkpoint", [], true, static pool => pool.CheckpointAsync());

    public static CrashOperation Compact() => new("compact", [], true, static async pool => await pool.CompactAsync());

    private static ValueTask Now(Action act)
    {
        act();
        return ValueTask.CompletedTask;
    }

    private static void Take(DiskState head, long offset, ReadOnlySpan<byte> data, bool onlyChanged)
    {
        byte[] held = new byte[data.Length];
        head.Read(offset, held);
        if (!onlyChanged || !data.SequenceEqual(held))
        {
            head.Write(offset, data);
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
