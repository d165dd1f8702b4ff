namespace BlockSnap.Simulation;

/// <summary>The operations on images and on the pool as a whole.</summary>
internal static class PoolOperations
{
    public static CrashOperation CreateImage(string name, IReadOnlyList<(string Disk, string Snapshot)> members) => CrashOperation.OnPool(
        $"image {name} of {string.Join(',', members.Select(member => $"{member.Disk}@{member.Snapshot}"))}",
        model => model.Images[name] = members,
        pool =>
        {
            SnapshotId[] ids = [.. members.Select(member => pool.OpenChain(member.Disk).Find(member.Snapshot)!.Id)];
            return pool.Images.CreateAsync(name, ids[0], ids[1..], "what it is for");
        });

    public static CrashOperation DeleteImage(string name) => CrashOperation.OnPool($"delete image {name}", model => model.Images.Remove(name), pool => pool.Images.DeleteAsync(name));

    public static CrashOperation CreateDisks(string image, string[] disks) => CrashOperation.OnPool(
        $"disks {string.Join(',', disks)} of image {image}",
        model =>
        {
            foreach (((string disk, string snapshot), string made) in model.Images[image].Zip(disks))
            {
                SnapshotModel origin = model.Snapshot(disk, snapshot);
                model.Add(model.Disk(disk).Clone(origin, made, origin.State.Size));
            }
        },
        pool => pool.Images.CreateDisksAsync(image, disks));

    public static CrashOperation Suspend() => CrashOperation.OnPool("suspend", model => model.IsSuspended = true, pool => pool.SuspendAsync("test"));

    public static CrashOperation Resume() => CrashOperation.OnPool("resume", model => model.IsSuspended = false, pool => pool.ResumeAsync());

    /// <summary>R10: for whoever opens the pool without an option of its own.</summary>
    public static CrashOperation SetQuota(SnapshotQuota quota) => CrashOperation.OnPool($"{quota}", model => model.Quota = quota, pool => pool.SetQuotaAsync(quota));

    /// <summary>R53: deletes all snapshots that nothing holds, the trash too.</summary>
    public static CrashOperation Purge(DateTimeOffset now) => CrashOperation.OnPool("purge", model => Purge(model, now), pool => pool.PurgeAsync());

    /// <summary>R19: deletes what has outlived its retention, disk by disk. Where nothing has, nothing is flushed.</summary>
    public static CrashOperation Expire(PoolModel model, DateTimeOffset now)
    {
        PoolModel after = model.Copy();
        Action<PoolModel>[] steps = [.. model.Disks.Select(disk => (Action<PoolModel>)(known => Expire(known, disk.Name, now)))];
        Array.ForEach(steps, step => step(after));
        return new CrashOperation($"expire at {now:MM-dd HH:mm}", steps, Size(after) < Size(model), pool => pool.ExpireAsync()).At(now);

        static int Size(PoolModel known) => known.Disks.Sum(disk => disk.Snapshots.Count + disk.Trash.Count + disk.UndoPoints.Count);
    }

    /// <summary>Reads everything that is stored, or a part of it.</summary>
    public static CrashOperation Scrub(int part) => new("scrub", [], false, async pool =>
    {
        ScrubReport report = await pool.ScrubAsync(new ScrubOptions { StartAt = part % 3, BytesMax = part % 2 == 0 ? null : 100_000 });
        if (report.Damage.Count > 0)
        {
            throw new IOException($"the scrub found {report.Damage[0]}");
        }
    });

    /// <summary>R42: looks for stored zeros. There are none, whatever was done to the disk.</summary>
    public static CrashOperation Sparsify(string disk) => new($"sparsify {disk}", [], false, async pool =>
    {
        SparsifyReport report = await pool.SparsifyAsync(disk);
        if (report.HoleBytes != 0)
        {
            throw new ViolationException($"{disk} stored {report.HoleBytes} bytes of zeros");
        }
    });

    public static CrashOperation CreateTakenDisk(string name) =>
        CrashOperation.Refused<DiskExistsException>($"create {name}", pool => pool.CreateDiskAsync(name, 4096, BlockSize.Default));

    private static void Purge(PoolModel model, DateTimeOffset now)
    {
        var gone = model.Disks.ToDictionary(disk => disk, disk => disk.Snapshots.Concat(disk.Trash).Where(snapshot => model.IsFree(disk, snapshot, now)).ToList());
        foreach ((DiskModel disk, List<SnapshotModel> doomed) in gone)
        {
            disk.Delete(doomed.Select(snapshot => snapshot.Name));
            disk.Purge(snapshot => doomed.Any(snapshot.Is));
        }

        model.ForgetGone();
    }

    private static void Expire(PoolModel model, string name, DateTimeOffset now)
    {
        DiskModel disk = model.Disk(name);
        disk.Expire(now, snapshot => model.IsFree(disk, snapshot, now));
        model.ForgetGone();
    }
}
