using BlockSnap.Tests.Crashes;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Hostile;

/// <summary>
/// A small pool with something of everything: two block sizes, snapshots, an undo point, a clone, a deleted disk whose snapshot lives on,
/// dead blocks, a container that compaction made, and some checkpoints behind it. Closed cleanly.
/// </summary>
internal sealed class HostilePool
{
    private readonly List<SortedDictionary<string, byte[]>> _generations = [];

    private HostilePool()
    {
    }

    public CrashableDevice Device { get; private set; } = new();

    /// <summary>The files, the newest state.</summary>
    public SortedDictionary<string, byte[]> Files => _generations[^1];

    /// <summary>The files as they were at earlier clean stops, oldest first.</summary>
    public IReadOnlyList<SortedDictionary<string, byte[]>> Earlier => _generations[..^1];

    public PoolAnatomy Anatomy { get; private set; } = null!;

    /// <summary>What each disk and snapshot reads, by name.</summary>
    public Dictionary<string, byte[]> Contents { get; private set; } = [];

    /// <summary>Makes one; other seeds give the same history with other data.</summary>
    public static async Task<HostilePool> MakeAsync(int seed = 1)
    {
        var made = new HostilePool();
        long data = seed * 1000;
        DiskPool pool = CrashChoice.Create(made.Device);
        IDisk a = await pool.CreateDiskAsync("a", 20 * 4096);
        IDisk tiny = await pool.CreateDiskAsync("tiny", 3000, new BlockSize(512));
        Write(a, 0, 12, ref data);
        Write(tiny, 0, 5, ref data);
        await a.Chain.CreateAsync("s1");
        await tiny.Chain.CreateAsync("t1");
        pool = await made.ReopenAsync(pool);

        a = pool.OpenDisk("a");
        tiny = pool.OpenDisk("tiny");
        Write(a, 3, 6, ref data);
        await a.Chain.CreateAsync("s2");
        Write(a, 0, 10, ref data);
        await a.Chain.RollbackAsync("s2");
        await a.Chain.CloneAsync("s1", "b");
        await tiny.DisposeAsync();
        await pool.DeleteDiskAsync("tiny");
        pool = await made.ReopenAsync(pool);

        a = pool.OpenDisk("a");
        Write(a, 12, 7, ref data);
        await a.Chain.CreateAsync("s3");
        Write(a, 12, 7, ref data);
        await a.Chain.DeleteAsync(["s3"]);
        await pool.CompactAsync();
        using (IDisk b = pool.OpenDisk("b"))
        {
            Write(b, 1, 2, ref data);
        }

        pool.Dispose();
        made.Device = made.Copy();
        made._generations.Add(PoolFiles.Of(made.Device));
        made.Anatomy = new PoolAnatomy(made.Files);
        using (DiskPool whole = CrashChoice.Open(made.Copy()))
        {
            made.Contents = Views(whole).ToDictionary(view => view.Name, view => view.Open().ReadAll());
        }

        return made;
    }

    /// <summary>Every disk and snapshot of a pool.</summary>
    public static IEnumerable<(string Name, Func<IDisk> Open)> Views(DiskPool pool)
    {
        foreach (DiskInfo disk in pool.ListDisks(includeReleased: true))
        {
            ISnapshotChain chain = pool.OpenChain(disk.Id.ToString());
            if (!chain.IsReleased)
            {
                yield return (disk.Name, () => pool.OpenDisk(disk.Id));
            }

            foreach (Snapshot snapshot in chain.Snapshots)
            {
                yield return ($"{disk.Name}@{snapshot.Name}", () => chain.Open(snapshot.Name));
            }

            if (chain.UndoPoint is { } undo)
            {
                yield return ($"{disk.Name} before the rollback", () => chain.Open(undo.Name));
            }
        }
    }

    /// <summary>A device with the newest state, to be damaged.</summary>
    public CrashableDevice Copy() => Device.CrashState(CrashMode.Everything);

    /// <summary>A copy with a file changed in place.</summary>
    public CrashableDevice With(string file, Action<byte[]> edit)
    {
        CrashableDevice copy = Copy();
        copy.Edit(file, bytes =>
        {
            edit(bytes);
            return bytes;
        });
        return copy;
    }

    private static void Write(IDisk disk, int first, int count, ref long data)
    {
        for (int index = first; index < first + count; index++)
        {
            disk.Write(index * disk.BlockSize.Bytes, Pattern.Bytes(disk.BlockSize.Bytes, ++data));
        }
    }

    private async Task<DiskPool> ReopenAsync(DiskPool pool)
    {
        await pool.DisposeAsync();
        Device = Copy();
        _generations.Add(PoolFiles.Of(Device));
        return CrashChoice.Open(Device);
    }
}
