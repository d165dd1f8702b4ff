using System.Text;
using BlockSnap;

// A disk is rolled back to the state of Monday, but Tuesday's orders must not be lost. One call takes a snapshot of the present, rolls
// back, and makes a disk of the present, from which what is useful is copied over; then that disk goes.

const int Settings = 0;
const int Orders = 1;
string directory = Directory.CreateTempSubdirectory("blocksnap-sync-").FullName;
await using (DiskPool pool = await DiskPool.CreateAsync(Path.Combine(directory, "pool")))
{
    await using IDisk disk = await pool.CreateDiskAsync("shop", 64L << 20);
    Write(disk, Settings, "settings that work");
    Write(disk, Orders, "orders of Monday");
    await disk.Chain.CreateAsync("monday");

    Write(disk, Settings, "settings that do not work");
    Write(disk, Orders, "orders of Monday and Tuesday");

    await using (IDisk present = await disk.Chain.SynchronizeFromAsync("monday", "tuesday", "shop-tuesday"))
    {
        Console.WriteLine($"Rolled back: {Read(disk, Settings)}, {Read(disk, Orders)}");
        await foreach (ChangedExtent change in pool.DiffAsync(disk, present))
        {
            Console.WriteLine($"Differs:     bytes {change.Offset} to {change.End}");
        }

        Write(disk, Orders, Read(present, Orders));
    }

    await pool.DeleteDiskAsync("shop-tuesday");
    await disk.FlushAsync();
    Console.WriteLine($"Now:         {Read(disk, Settings)}, {Read(disk, Orders)}");
    if (Read(disk, Settings) != "settings that work" || Read(disk, Orders) != "orders of Monday and Tuesday")
    {
        Console.Error.WriteLine($"That is not what it should be; look at {directory}");
        return 1;
    }
}

Directory.Delete(directory, recursive: true);
return 0;

static void Write(IDisk disk, int block, string text)
{
    byte[] bytes = new byte[disk.BlockSize.Bytes];
    Encoding.UTF8.GetBytes(text, bytes);
    disk.Write((long)block * bytes.Length, bytes);
}

static string Read(IDisk disk, int block)
{
    byte[] bytes = new byte[disk.BlockSize.Bytes];
    disk.Read((long)block * bytes.Length, bytes);
    return Encoding.UTF8.GetString(bytes).TrimEnd('\0');
}
