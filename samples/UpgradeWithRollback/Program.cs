using System.Text;
using BlockSnap;

// An upgrade of a database on two disks that goes wrong. Before it, both disks are snapshotted at one instant, with a hook that lets the
// database write down what it holds in memory. After it, both go back as one step; and because that can be undone, the broken state
// can still be looked at.

string directory = Directory.CreateTempSubdirectory("blocksnap-upgrade-").FullName;
await using (DiskPool pool = await DiskPool.CreateAsync(Path.Combine(directory, "pool")))
{
    await using IDisk data = await pool.CreateDiskAsync("db-data", 1L << 30);
    await using IDisk log = await pool.CreateDiskAsync("db-log", 256L << 20);
    Write(data, "tables, version 1");

    var options = new SnapshotOptions
    {
        Description = "before the upgrade to version 2",
        RetentionDays = 14,
        Hooks = new SnapshotHooks
        {
            BeforeFreeze = _ =>
            {
                Write(log, "checkpoint, version 1"); // The database writes down what is in memory, and pauses.
                return Task.CompletedTask;
            },
            AfterFreeze = _ => Task.CompletedTask, // It goes on.
            Timeout = TimeSpan.FromSeconds(10),
        },
    };
    SnapshotGroup before = await pool.Groups.CreateAsync("before-upgrade", ["db-data", "db-log"], options);
    await data.Chain.HoldAsync(before.Name, "upgrade under way");
    Console.WriteLine($"Took {before.Name} of {before.Members.Count} disks, consistent for the {before.Consistency.ToString().ToLowerInvariant()}.");

    Write(data, "tables, half of version 2");
    Write(log, "error: the upgrade failed");
    Console.WriteLine($"After the upgrade: \"{Read(data)}\", \"{Read(log)}\"");

    RollbackCheck check = data.Chain.CanRollback(before.Name);
    if (!check.Ok)
    {
        Console.Error.WriteLine(string.Join(Environment.NewLine, check.Messages));
        return 1;
    }

    await pool.Groups.RollbackAsync(before.Name);
    Console.WriteLine($"Rolled back:       \"{Read(data)}\", \"{Read(log)}\"");
    if (Read(data) != "tables, version 1" || Read(log) != "checkpoint, version 1")
    {
        Console.Error.WriteLine($"That is not what was there before the upgrade; look at {directory}");
        return 1;
    }

    await pool.Groups.UndoRollbackAsync(before.Name);
    Console.WriteLine($"Undone, to look:   \"{Read(data)}\", \"{Read(log)}\"");
    if (Read(log) != "error: the upgrade failed")
    {
        Console.Error.WriteLine($"That is not what the upgrade left; look at {directory}");
        return 1;
    }

    await pool.Groups.RollbackAsync(before.Name);
    await data.Chain.ReleaseHoldAsync(before.Name, "upgrade under way");
}

Directory.Delete(directory, recursive: true);
return 0;

static void Write(IDisk disk, string text)
{
    byte[] block = new byte[disk.BlockSize.Bytes];
    Encoding.UTF8.GetBytes(text, block);
    disk.Write(0, block);
}

static string Read(IDisk disk)
{
    byte[] block = new byte[disk.BlockSize.Bytes];
    disk.Read(0, block);
    return Encoding.UTF8.GetString(block).TrimEnd('\0');
}
