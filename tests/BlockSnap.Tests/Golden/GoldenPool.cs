using System.Globalization;
using System.IO.Compression;
using System.Text;
using BlockSnap.Tests.Crashes;
using BlockSnap.Tests.Design;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Golden;

/// <summary>
/// A pool as a version wrote it: two archives of its files, closed and killed, and a text that says what they must read. The readme beside
/// them says what is special in them.
/// </summary>
internal sealed class GoldenPool(string version)
{
    public static readonly string[] States = ["closed", "killed"];

    private string Folder => Path.Join(RepositoryFiles.Root, "tests", "BlockSnap.Tests", "Golden", version);

    public string Expected(string state) => File.ReadAllText(Path.Join(Folder, $"{state}.txt")).ReplaceLineEndings("\n").TrimEnd();

    /// <summary>The files on a device.</summary>
    public CrashableDevice Open(string state)
    {
        var device = new CrashableDevice();
        using ZipArchive archive = ZipFile.OpenRead(Path.Join(Folder, $"{state}.zip"));
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            using Stream stream = entry.Open();
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            device.Open(entry.Name, DeviceFileMode.CreateNew).Dispose();
            device.Edit(entry.Name, _ => bytes.ToArray());
        }

        device.FlushNames();
        return device;
    }

    /// <summary>Writes the archives and the text anew, with this build.</summary>
    public async Task WriteAsync()
    {
        Directory.CreateDirectory(Folder);
        var device = new CrashableDevice();
        DiskPool pool = await FillAsync(device);
        Save("closed", device.CrashState(CrashMode.Everything), Describe(pool));
        using (IDisk disk = pool.OpenDisk("system"))
        {
            Stamp(disk, 20, 24, 900);
            await disk.Chain.CreateAsync("after");
            disk.Discard(0, 8192);
        }

        await pool.FlushAsync();
        string killed = Describe(pool);
        pool.Abandon();
        Save("killed", device.CrashState(CrashMode.Nothing), killed);
    }

    /// <summary>All that a pool holds, a line for each disk and snapshot.</summary>
    public static string Describe(DiskPool pool)
    {
        var lines = new List<string>();
        foreach (DiskInfo disk in pool.ListDisks(includeReleased: true))
        {
            ISnapshotChain chain = pool.OpenChain(disk.Id.ToString());
            if (!chain.IsReleased)
            {
                using IDisk head = pool.OpenDisk(disk.Id);
                lines.Add($"disk {disk.Id} \"{disk.Name}\" block {head.BlockSize.Bytes} {Content(head)}");
            }

            foreach (Snapshot snapshot in chain.Snapshots.Concat(chain.UndoPoint is { } undo ? [undo] : []))
            {
                using IDisk view = chain.Open(snapshot.Name);
                string tags = string.Join(',', snapshot.Tags.OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => $"{tag.Key}={tag.Value}"));
                lines.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"snapshot {snapshot.Id} \"{disk.Name}@{snapshot.Name}\" {snapshot.Kind} {snapshot.Created:O} \"{snapshot.Description}\" [{tags}] expires {snapshot.Expires:O} {Content(view)}"));
            }
        }

        return string.Join('\n', lines.Order(StringComparer.Ordinal));
    }

    private static string Content(IDisk disk) => string.Create(CultureInfo.InvariantCulture, $"{disk.Size} bytes {BlockChecksum.Compute(disk.ReadAll()):x16}");

    private static async Task<DiskPool> FillAsync(CrashableDevice device)
    {
        DiskPoolOptions options = CrashChoice.Options(checkpointKiB: 1024, ids: CrashChoice.GoldenIds);
        DiskPool pool = await DiskPool.CreateAsync(device, options);
        IDisk system = await pool.CreateDiskAsync("system", 30 * 4096);
        IDisk small = await pool.CreateDiskAsync("klein-ü", 5000, new BlockSize(512));
        Stamp(system, 0, 16, 100);
        Stamp(small, 0, 9, 200);
        await system.Chain.CreateAsync("monday", new SnapshotOptions { Description = "before the upgrade", Tags = new Dictionary<string, string> { ["stage"] = "test", ["é"] = "" }, RetentionDays = 7 });
        await small.Chain.CreateAsync("kept");
        Stamp(system, 4, 9, 300);
        await system.Chain.CreateAsync("tuesday");
        await pool.CheckpointAsync();
        Stamp(system, 0, 12, 400);
        await system.Chain.RollbackAsync("tuesday");
        await system.Chain.CloneAsync("monday", "clone", 40 * 4096);
        await small.DisposeAsync();
        await pool.DeleteDiskAsync("klein-ü");
        Stamp(system, 16, 23, 500);
        await system.Chain.CreateAsync("gone");
        Stamp(system, 16, 23, 600);
        await system.Chain.DeleteAsync(["gone"]);
        await pool.CompactAsync();
        await system.DisposeAsync();
        await pool.DisposeAsync();
        return await DiskPool.OpenAsync(device, options);
    }

    private static void Stamp(IDisk disk, int first, int end, long number)
    {
        byte[] block = new byte[disk.BlockSize.Bytes];
        for (int index = first; index < end; index++)
        {
            Pattern.Stamp(block, number + index);
            disk.Write(index * (long)block.Length, block);
        }
    }

    private void Save(string state, CrashableDevice device, string expected)
    {
        using (FileStream file = File.Create(Path.Join(Folder, $"{state}.zip")))
        using (var archive = new ZipArchive(file, ZipArchiveMode.Create))
        {
            foreach (string name in device.List())
            {
                ZipArchiveEntry entry = archive.CreateEntry(name, CompressionLevel.SmallestSize);
                entry.LastWriteTime = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
                using Stream stream = entry.Open();
                device.Edit(name, bytes =>
                {
                    stream.Write(bytes);
                    return bytes;
                });
            }
        }

        File.WriteAllText(Path.Join(Folder, $"{state}.txt"), expected + "\n", new UTF8Encoding(false));
    }
}
